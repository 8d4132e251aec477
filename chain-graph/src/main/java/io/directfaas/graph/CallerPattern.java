package io.directfaas.graph;

/**
 * Who may call across tenants: {@code *}, {@code ns/*} or {@code ns/fn}.
 *
 * @param namespace a namespace or {@code *}
 * @param name a function or {@code *}
 */
public record CallerPattern(String namespace, String name) {
  private static final String ANY = "*";

  /**
   * Reads one pattern.
   *
   * @throws IllegalArgumentException if it is none of the three forms
   */
  public static CallerPattern parse(String text) {
    if (text.equals(ANY)) {
      return new CallerPattern(ANY, ANY);
    }
    int slash = text.indexOf('/');
    if (slash > 0) {
      String namespace = text.substring(0, slash);
      String name = text.substring(slash + 1);
      if (Names.isDnsLabel(namespace) && (name.equals(ANY) || Names.isDnsLabel(name))) {
        return new CallerPattern(namespace, name);
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a caller: expected namespace/function, namespace/* or *");
  }

  public boolean matches(FunctionRef caller) {
    return (namespace.equals(ANY) || namespace.equals(caller.namespace()))
        && (name.equals(ANY) || name.equals(caller.name()));
  }

  @Override
  public String toString() {
    return namespace.equals(ANY) ? ANY : namespace + "/" + name;
  }
}
