package io.directfaas.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Calls by the callee's name: which names there are inside a function's network, and where they
 * lead. The one place that decides it, for the resolver, for the sidecar's routes and for the
 * packet filter.
 */
public final class CallsByName {
  /** Every callee is called on this port, whatever its replicas listen on. */
  public static final int PORT = 8080;

  /** The sidecar's own names; no function can take them over. */
  public static final List<String> GATEWAY =
      List.of("gateway", "gateway.openfaas", "gateway.openfaas.svc.cluster.local");

  private static final String CLUSTER_SUFFIX = ".svc.cluster.local";

  private CallsByName() {}

  /**
   * The names by which one function calls another: {@code b.<ns>} and {@code
   * b.<ns>.svc.cluster.local}, and {@code b} inside a tenant. A name that means something else
   * already is left out.
   */
  public static List<String> names(FunctionRef caller, FunctionRef callee) {
    String qualified = callee.name() + "." + callee.namespace();
    List<String> names = new ArrayList<>();
    if (callee.namespace().equals(caller.namespace())) {
      names.add(callee.name());
    }
    names.add(qualified);
    names.add(qualified + CLUSTER_SUFFIX);
    names.removeIf(name -> name.equals("localhost") || GATEWAY.contains(name));
    return List.copyOf(names);
  }

  /**
   * Whether the function's own process may open connections to the fabric, which then admits those
   * of its edges. Where it may not, only its sidecar does.
   */
  public static boolean mayLeaveDirectly(Graph graph, FunctionRef caller) {
    return graph.function(caller).filter(f -> f.names() == NameRoute.REPLICA).isPresent()
        && graph
            .tenant(caller.namespace())
            .filter(tenant -> tenant.dataPath() == DataPath.FABRIC)
            .isPresent();
  }

  /**
   * The replicas to which the callee's name leads; none means that it leads to the caller's own
   * sidecar: because no replica is ready, because the caller is not to call directly, or because
   * the edge's data path needs the sidecar (with mutual TLS a replica's own port is closed).
   */
  public static List<Replica> replicas(Graph graph, Edge edge) {
    if (edge.dataPath() != DataPath.FABRIC || !mayLeaveDirectly(graph, edge.caller())) {
      return List.of();
    }
    // A name has no port: a replica that serves elsewhere cannot be led to.
    return graph.replicasOf(edge.callee()).stream()
        .filter(replica -> replica.isReady() && replica.port() == PORT)
        .sorted(Comparator.comparing(Replica::ip))
        .toList();
  }
}
