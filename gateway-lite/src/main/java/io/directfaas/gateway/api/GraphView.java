package io.directfaas.gateway.api;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.Edge;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.graph.Tenant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The graph as JSON, in a stable order. */
record GraphView(
    String id,
    long revision,
    List<TenantView> tenants,
    List<FunctionView> functions,
    List<EdgeView> edges) {

  /**
   * @param bandwidth as in the annotation, or null when there is no limit
   */
  record TenantView(
      String name, int id, String policy, String dataPath, @Nullable String bandwidth) {}

  /**
   * @param names where the names of its callees lead it
   * @param policy what it says of calls to it, such as {@code timeout=30s, retries=2}, or null
   * @param problem why it does not have its replicas, or null when it has
   */
  record FunctionView(
      String name,
      String namespace,
      int id,
      String names,
      @Nullable String policy,
      List<ReplicaView> replicas,
      @Nullable String problem) {}

  record ReplicaView(
      String id, String ip, String mac, int port, String node, String state, boolean ready) {}

  /**
   * @param policy what the caller says of its calls, or null
   */
  record EdgeView(
      String caller, String callee, String dataPath, String origin, @Nullable String policy) {}

  /**
   * What the graph holds of some tenants; edges with one end there.
   *
   * @param chosen which tenants, by name
   * @param problems why a function does not run as it should
   */
  static GraphView of(
      Graph graph,
      Predicate<String> chosen,
      java.util.function.Function<FunctionRef, Optional<String>> problems) {
    return new GraphView(
        graph.id(),
        graph.revision(),
        graph.tenants().values().stream()
            .filter(tenant -> chosen.test(tenant.name()))
            .sorted(Comparator.comparing(Tenant::name))
            .map(GraphView::view)
            .toList(),
        graph.functions().values().stream()
            .filter(function -> chosen.test(function.ref().namespace()))
            .sorted(Comparator.comparing(Function::ref))
            .map(function -> view(graph, function, problems.apply(function.ref())))
            .toList(),
        graph.edgesInOrder().stream()
            .filter(
                edge ->
                    chosen.test(edge.caller().namespace())
                        || chosen.test(edge.callee().namespace()))
            .map(GraphView::view)
            .toList());
  }

  private static TenantView view(Tenant tenant) {
    Bandwidth bandwidth = tenant.bandwidth();
    return new TenantView(
        tenant.name(),
        tenant.id(),
        lower(tenant.policy()),
        lower(tenant.dataPath()),
        bandwidth == null ? null : bandwidth.toString());
  }

  private static FunctionView view(Graph graph, Function function, Optional<String> problem) {
    return new FunctionView(
        function.ref().name(),
        function.ref().namespace(),
        function.id(),
        lower(function.names()),
        view(function.policy()),
        graph.replicasOf(function.ref()).stream()
            .sorted(Comparator.comparing(Replica::id))
            .map(GraphView::view)
            .toList(),
        problem.orElse(null));
  }

  private static ReplicaView view(Replica replica) {
    return new ReplicaView(
        replica.id(),
        replica.ip().toString(),
        replica.mac().toString(),
        replica.port(),
        replica.node(),
        lower(replica.state()),
        replica.isReady());
  }

  private static EdgeView view(Edge edge) {
    return new EdgeView(
        edge.caller().toString(),
        edge.callee().toString(),
        lower(edge.dataPath()),
        lower(edge.origin()),
        view(edge.policy()));
  }

  private static @Nullable String view(CallPolicy policy) {
    return policy.isEmpty() ? null : policy.toString();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
