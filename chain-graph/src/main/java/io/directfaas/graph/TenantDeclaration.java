package io.directfaas.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a namespace says of its edges.
 *
 * @param policy from {@code directfaas.io/policy}, by default only declared edges
 * @param dataPath from {@code directfaas.io/data-path}, by default the fabric
 * @param bandwidth from {@code directfaas.io/bandwidth}, by default without limit
 * @param names from {@code directfaas.io/names}, for functions that do not say themselves; by
 *     default to replicas
 */
public record TenantDeclaration(
    EdgePolicy policy, DataPath dataPath, @Nullable Bandwidth bandwidth, NameRoute names) {

  /**
   * A declaration as far as it could be read.
   *
   * @param value of no use when there are violations
   * @param violations what is wrong, by annotation
   */
  public record Parsed(TenantDeclaration value, List<Violation> violations) {}

  /** Reads a namespace's annotations. Never throws. */
  public static Parsed parse(Map<String, String> annotations) {
    List<Violation> violations = new ArrayList<>(Annotations.unknownOfNamespace(annotations));
    EdgePolicy policy = EdgePolicy.EDGES;
    String policyText = annotations.getOrDefault(Annotations.POLICY, "edges");
    switch (policyText) {
      case "edges" -> {}
      case "tenant" -> policy = EdgePolicy.TENANT;
      default ->
          violations.add(
              new Violation(
                  Annotations.field(Annotations.POLICY),
                  "'" + policyText + "' is neither edges nor tenant"));
    }
    String pathText = annotations.getOrDefault(Annotations.DATA_PATH, "fabric");
    DataPath dataPath = DataPath.FABRIC;
    switch (pathText) {
      case "fabric" -> {}
      case "mtls" -> dataPath = DataPath.MTLS;
      default ->
          violations.add(
              new Violation(
                  Annotations.field(Annotations.DATA_PATH),
                  "'" + pathText + "' is neither fabric nor mtls"));
    }
    Bandwidth bandwidth = null;
    String bandwidthText = annotations.get(Annotations.BANDWIDTH);
    if (bandwidthText != null) {
      try {
        bandwidth = Bandwidth.parse(bandwidthText);
      } catch (IllegalArgumentException e) {
        violations.add(
            new Violation(
                Annotations.field(Annotations.BANDWIDTH),
                "'" + bandwidthText + "' " + e.getMessage()));
      }
    }
    NameRoute names = NameRoute.parse(annotations, violations).orElse(NameRoute.REPLICA);
    return new Parsed(
        new TenantDeclaration(policy, dataPath, bandwidth, names), List.copyOf(violations));
  }
}
