package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Tenant;
import java.util.HashSet;
import java.util.Set;

/**
 * The names of what is not the same before and after: the change itself, without what follows from
 * it.
 *
 * @param tenants which came, went or have other limits
 * @param functions which came, went or are of another number, or their tenant is
 * @param replicas which came, went, changed, or are plugged in elsewhere; and who wants a port of
 *     theirs
 * @param edges which came, went or are carried another way
 */
record Changes(
    Set<String> tenants, Set<FunctionRef> functions, Set<String> replicas, Set<Edge.Key> edges) {

  static Changes between(
      Graph before, PortIndex portsBefore, Graph after, PortIndex portsAfter, GraphDelta delta) {
    Set<String> tenants = new HashSet<>(delta.removedTenants());
    delta.putTenants().forEach(tenant -> tenants.add(tenant.name()));

    Set<FunctionRef> functions = new HashSet<>(delta.removedFunctions());
    delta.putFunctions().forEach(function -> functions.add(function.ref()));
    for (String tenant : tenants) {
      if (number(before, tenant) != number(after, tenant)) {
        before.functionsOf(tenant).forEach(function -> functions.add(function.ref()));
        after.functionsOf(tenant).forEach(function -> functions.add(function.ref()));
      }
    }

    Set<String> replicas = new HashSet<>(delta.removedReplicas());
    delta.putReplicas().forEach(replica -> replicas.add(replica.id()));
    replicas.addAll(portsBefore.differences(portsAfter));
    for (String replica : Set.copyOf(replicas)) {
      replicas.addAll(portsBefore.rivals(replica));
      replicas.addAll(portsAfter.rivals(replica));
    }

    Set<Edge.Key> edges = new HashSet<>(delta.removedEdges());
    delta.putEdges().forEach(edge -> edges.add(edge.key()));
    return new Changes(tenants, functions, replicas, edges);
  }

  /** 0 for a tenant that is not there. */
  private static int number(Graph graph, String tenant) {
    return graph.tenant(tenant).map(Tenant::id).orElse(0);
  }
}
