package io.directfaas.xds.envoy;

import io.directfaas.graph.Annotations;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionDeclaration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A graph that grows by deltas, as its owner's does. */
public final class TestGraph {
  private Graph graph = Graph.empty("test");
  private GraphDelta last = GraphDelta.snapshot(graph);
  private int nextId = 2;

  public TestGraph() {
    change(
        delta -> {
          delta.put(Tenant.SYSTEM);
          delta.put(Function.INGRESS);
        });
  }

  public Graph graph() {
    return graph;
  }

  /** What led to this graph from the one before. */
  public GraphDelta delta() {
    return last;
  }

  public TestGraph change(Consumer<GraphDelta.Builder> changes) {
    GraphDelta.Builder builder = new GraphDelta.Builder();
    changes.accept(builder);
    last = builder.build(graph.revision(), graph.revision() + 1);
    graph = graph.apply(last);
    return this;
  }

  public static FunctionRef ref(String text) {
    return FunctionRef.parse(text, "acme");
  }

  public TestGraph function(String name) {
    return function(name, CallPolicy.NONE);
  }

  /** A function that says how it is to be called; one that is there already says so from now on. */
  public TestGraph function(String name, CallPolicy policy) {
    return change(
        delta -> {
          FunctionRef ref = ref(name);
          if (graph.tenant(ref.namespace()).isEmpty()) {
            delta.put(new Tenant(ref.namespace(), nextId++, EdgePolicy.EDGES, DataPath.FABRIC));
          }
          int id = graph.function(ref).map(Function::id).orElseGet(() -> nextId++);
          delta.put(new Function(ref, id, NameRoute.REPLICA, policy));
        });
  }

  public TestGraph replica(String id, String function, int port) {
    return replica(id, function, port, ReplicaState.READY);
  }

  public TestGraph replica(String id, String function, int port, ReplicaState state) {
    return change(
        delta ->
            delta.put(
                new Replica(
                    id,
                    ref(function),
                    Ipv4.parse("127.0.0.1"),
                    new MacAddress(0x02df00000001L),
                    port,
                    "local",
                    state)));
  }

  public TestGraph replicaAt(String id, String function, String ip, int port) {
    return change(
        delta ->
            delta.put(
                new Replica(
                    id,
                    ref(function),
                    Ipv4.parse(ip),
                    new MacAddress(0x02df00000001L),
                    port,
                    "local",
                    ReplicaState.READY)));
  }

  /** The policy of calls, as annotations would say it: {@code timeout, 5s, retries, 2, …}. */
  public static CallPolicy policy(String... keysAndValues) {
    Map<String, String> annotations = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      annotations.put(Annotations.PREFIX + keysAndValues[i], keysAndValues[i + 1]);
    }
    FunctionDeclaration.Parsed parsed = FunctionDeclaration.parse(ref("any"), annotations);
    if (!parsed.violations().isEmpty()) {
      throw new IllegalArgumentException(parsed.violations().toString());
    }
    return parsed.value().policies().toIt();
  }

  /** An edge whose caller says how it calls. */
  public TestGraph edge(String caller, String callee, CallPolicy policy) {
    Edge edge = edge(caller, callee);
    DataPath path = graph.tenant(edge.callee().namespace()).map(Tenant::dataPath).orElseThrow();
    return change(
        delta -> delta.put(new Edge(edge.caller(), edge.callee(), path, edge.origin(), policy)));
  }

  public TestGraph withoutReplica(String id) {
    return change(delta -> delta.removeReplica(id));
  }

  public static Edge edge(String caller, String callee) {
    FunctionRef from = caller.equals("ingress") ? FunctionRef.INGRESS : ref(caller);
    return new Edge(
        from,
        ref(callee),
        DataPath.FABRIC,
        from.isIngress() ? EdgeOrigin.PUBLIC : EdgeOrigin.CALLS);
  }

  public TestGraph edges(String caller, String... callees) {
    return change(
        delta -> {
          for (String callee : callees) {
            Edge edge = edge(caller, callee);
            DataPath path =
                graph.tenant(edge.callee().namespace()).map(Tenant::dataPath).orElseThrow();
            delta.put(new Edge(edge.caller(), edge.callee(), path, edge.origin()));
          }
        });
  }

  /** Carries all calls to a tenant another way. */
  public TestGraph dataPath(String namespace, DataPath path) {
    return change(
        delta -> {
          Tenant tenant = graph.tenant(namespace).orElseThrow();
          delta.put(new Tenant(namespace, tenant.id(), tenant.policy(), path));
          for (Edge edge : graph.edges().values()) {
            if (edge.callee().namespace().equals(namespace)) {
              delta.put(new Edge(edge.caller(), edge.callee(), path, edge.origin(), edge.policy()));
            }
          }
        });
  }

  public TestGraph withoutEdge(String caller, String callee) {
    return change(delta -> delta.removeEdge(edge(caller, callee).key()));
  }
}
