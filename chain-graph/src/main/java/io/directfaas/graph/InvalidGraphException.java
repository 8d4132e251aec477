package io.directfaas.graph;

import java.util.List;
import java.util.stream.Collectors;

/** A change that breaks a rule of the graph. Nothing of it has been applied. */
public final class InvalidGraphException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient List<Violation> violations;

  public InvalidGraphException(List<Violation> violations) {
    super(violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    this.violations = List.copyOf(violations);
  }

  public List<Violation> violations() {
    return violations;
  }
}
