package io.directfaas.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the names of its callees lead a function. */
public enum NameRoute {
  /** To the callee's replicas while it has any, without a proxy; else to the own sidecar. */
  REPLICA,
  /** Always to the own sidecar: for calls that must not go round its rules. */
  SIDECAR;

  /**
   * What the annotation says, if it is there and can be read.
   *
   * @param violations takes what is wrong with it
   */
  static Optional<NameRoute> parse(Map<String, String> annotations, List<Violation> violations) {
    String text = annotations.get(Annotations.NAMES);
    if (text == null) {
      return Optional.empty();
    }
    return switch (text) {
      case "replica" -> Optional.of(REPLICA);
      case "sidecar" -> Optional.of(SIDECAR);
      default -> {
        violations.add(
            new Violation(
                Annotations.field(Annotations.NAMES),
                "'" + text + "' is neither replica nor sidecar"));
        yield Optional.empty();
      }
    };
  }
}
