package io.directfaas.graph;

import java.util.Comparator;

/**
 * The name of a function: its tenant (an OpenFaaS namespace) and its name within it.
 *
 * @param namespace the tenant's name, a DNS label
 * @param name the function's name, a DNS label
 */
public record FunctionRef(String namespace, String name) implements Comparable<FunctionRef> {

  /**
   * The ingress, where outside callers enter. It is a function of a tenant of its own, so that its
   * edges are edges like all others.
   */
  public static final FunctionRef INGRESS = new FunctionRef(Tenant.SYSTEM_NAME, "ingress");

  private static final Comparator<FunctionRef> ORDER =
      Comparator.comparing(FunctionRef::namespace).thenComparing(FunctionRef::name);

  /**
   * Reads {@code name} or {@code namespace/name}.
   *
   * @param text what {@link #toString()} writes, or a bare name
   * @param defaultNamespace the namespace of a bare name
   * @throws IllegalArgumentException if either part is not a DNS label
   */
  public static FunctionRef parse(String text, String defaultNamespace) {
    int slash = text.indexOf('/');
    FunctionRef ref =
        slash < 0
            ? new FunctionRef(defaultNamespace, text)
            : new FunctionRef(text.substring(0, slash), text.substring(slash + 1));
    if (!Names.isDnsLabel(ref.namespace) || !Names.isDnsLabel(ref.name)) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a function: expected name or namespace/name, each a DNS label");
    }
    return ref;
  }

  public boolean isIngress() {
    return equals(INGRESS);
  }

  @Override
  public int compareTo(FunctionRef other) {
    return ORDER.compare(this, other);
  }

  /** {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
