package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What flows are to be looked at. Each flow is of one of these and of nothing else: a tenant, a
 * function, a replica, an edge, or an address as one tenant knows it. What is not in the scope of a
 * change has the same flows before and after it.
 *
 * <p>The scope of a change is found by going from what has changed to its neighbours, in the graph
 * before and in the graph after; its size has nothing to do with that of the graph.
 */
final class Scope {
  private final Set<String> tenants = new HashSet<>();
  private final Set<FunctionRef> functions = new HashSet<>();
  private final Set<String> replicas = new HashSet<>();
  private final Set<Edge.Key> edges = new HashSet<>();
  private final Set<TenantAddress> addresses = new HashSet<>();

  private Scope() {}

  /** Everything that has flows at one place. */
  static Scope whole(Placement at) {
    Scope scope = new Scope();
    Graph graph = at.graph();
    Set<FunctionRef> concerned = new HashSet<>();
    for (Replica replica : graph.replicas().values()) {
      if (at.isHere(replica)) {
        scope.replicas.add(replica.id());
        concerned.add(replica.function());
      }
    }
    if (at.site().isOnly()) {
      scope.edges.addAll(graph.edges().keySet());
    }
    for (FunctionRef function : concerned) {
      scope.tenants.add(function.namespace());
      scope.functions.add(function);
      scope.knownBy(graph, function, graph.replicasOf(function));
      if (!at.site().isOnly()) {
        scope.around(graph, function);
      }
    }
    return scope;
  }

  /** Everything whose flows may be others after some changes. */
  static Scope of(Changes changes, Placement before, Placement after) {
    Scope scope = new Scope();
    for (Graph graph : new Graph[] {before.graph(), after.graph()}) {
      changes.functions().forEach(function -> scope.function(graph, function));
      changes.edges().forEach(edge -> scope.edge(graph, edge));
      for (String id : changes.replicas()) {
        graph.replica(id).ifPresent(replica -> scope.replica(graph, replica));
      }
    }
    scope.tenants.addAll(changes.tenants());
    scope.replicas.addAll(changes.replicas());
    // On one of several nodes, who is here decides which edges and which other nodes matter here.
    for (FunctionRef function : Set.copyOf(scope.functions)) {
      if (!after.site().isOnly() && before.hosts(function) != after.hosts(function)) {
        scope.around(before.graph(), function);
        scope.around(after.graph(), function);
      }
    }
    return scope;
  }

  Set<String> tenants() {
    return tenants;
  }

  Set<FunctionRef> functions() {
    return functions;
  }

  Set<String> replicas() {
    return replicas;
  }

  Set<Edge.Key> edges() {
    return edges;
  }

  Set<TenantAddress> addresses() {
    return addresses;
  }

  private void function(Graph graph, FunctionRef function) {
    graph.replicasOf(function).forEach(replica -> replicas.add(replica.id()));
    tenants.add(function.namespace());
    functions.add(function);
    around(graph, function);
  }

  private void replica(Graph graph, Replica replica) {
    replicas.add(replica.id());
    functions.add(replica.function());
    tenants.add(replica.function().namespace());
    // The ports that an edge leads to are those of the callee's replicas.
    graph.edgesTo(replica.function()).forEach(edge -> edges.add(edge.key()));
    knownBy(graph, replica.function(), Set.of(replica));
  }

  private void edge(Graph graph, Edge.Key key) {
    edges.add(key);
    end(graph, key.caller(), key.callee());
    end(graph, key.callee(), key.caller());
  }

  /** One end of an edge: it may be that only this edge makes it known to the other end's tenant. */
  private void end(Graph graph, FunctionRef function, FunctionRef other) {
    functions.add(function);
    for (Replica replica : graph.replicasOf(function)) {
      addresses.add(new TenantAddress(other.namespace(), replica.ip()));
    }
  }

  /** All edges of a function, and what is at the other end of them. */
  private void around(Graph graph, FunctionRef function) {
    graph.edgesFrom(function).forEach(edge -> edge(graph, edge.key()));
    graph.edgesTo(function).forEach(edge -> edge(graph, edge.key()));
  }

  /** Replicas of a function, as the tenants know them that some edge connects with it. */
  private void knownBy(Graph graph, FunctionRef function, Collection<Replica> some) {
    Set<String> connected = new HashSet<>();
    graph.edgesFrom(function).forEach(edge -> connected.add(edge.callee().namespace()));
    graph.edgesTo(function).forEach(edge -> connected.add(edge.caller().namespace()));
    for (String tenant : connected) {
      some.forEach(replica -> addresses.add(new TenantAddress(tenant, replica.ip())));
    }
  }
}
