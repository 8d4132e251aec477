package io.directfaas.graph;

/**
 * One thing that is wrong with a request, in words its author can act on.
 *
 * @param field the field as the author wrote it, such as {@code service} or {@code
 *     annotations["directfaas.io/calls"]}
 * @param problem what is wrong with it
 */
public record Violation(String field, String problem) {
  @Override
  public String toString() {
    return field + ": " + problem;
  }
}
