package io.directfaas.gateway.store;

import io.directfaas.gateway.namespace.NamespaceSpec;

/**
 * A stored namespace.
 *
 * @param spec as declared
 * @param id the tenant's id in the graph
 * @param leaving whether it has been deleted and only waits for its last replica to be gone
 */
public record NamespaceRow(NamespaceSpec spec, int id, boolean leaving) {
  public String name() {
    return spec.name();
  }
}
