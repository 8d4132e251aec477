package io.directfaas.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Graphs to test with. */
public final class Sample {
  private Sample() {}

  public static final String GRAPH_ID = "5e0c0a52-0000-4000-8000-000000000001";

  /** Seeds for random walks; the same ones each time, so that a failure can be repeated. */
  public static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  public static Tenant tenant(String name, int id) {
    return new Tenant(name, id, EdgePolicy.EDGES, DataPath.FABRIC);
  }

  public static FunctionRef ref(String text) {
    return FunctionRef.parse(text, "acme");
  }

  public static Replica replica(String id, String function, String ip) {
    return new Replica(
        id,
        ref(function),
        Ipv4.parse(ip),
        MacAddress.parse("02:df:00:00:00:01"),
        8080,
        "node-1",
        ReplicaState.READY);
  }

  public static Edge edge(String caller, String callee) {
    return new Edge(ref(caller), ref(callee), DataPath.FABRIC, EdgeOrigin.CALLS);
  }

  /** acme: a, b with a replica each and the edge a -> b; globex: spy. Revision 1. */
  public static Graph small() {
    return Graph.empty(GRAPH_ID)
        .apply(
            new GraphDelta.Builder()
                .put(Tenant.SYSTEM)
                .put(Function.INGRESS)
                .put(tenant("acme", 2))
                .put(tenant("globex", 3))
                .put(new Function(ref("a"), 2))
                .put(new Function(ref("b"), 3))
                .put(new Function(ref("globex/spy"), 4))
                .put(replica("a-1", "a", "10.88.0.3"))
                .put(replica("b-1", "b", "10.88.0.4"))
                .put(edge("a", "b"))
                .build(0, 1));
  }

  /** A valid change of up to six steps to whatever the graph holds. */
  public static GraphDelta randomChange(Graph graph, Random random) {
    Graph now = graph;
    GraphDelta.Builder all = new GraphDelta.Builder();
    int steps = 1 + random.nextInt(6);
    for (int i = 0; i < steps; i++) {
      GraphDelta.Builder step = new GraphDelta.Builder();
      int n = random.nextInt(12);
      FunctionRef function = ref((n % 2 == 0 ? "acme/f" : "globex/f") + n);
      FunctionRef other = ref("acme/f" + random.nextInt(12));
      switch (random.nextInt(6)) {
        case 0 -> step.put(new Function(function, 100 + n));
        case 1 -> {
          List<String> replicas = new ArrayList<>();
          now.replicasOf(function).forEach(r -> replicas.add(r.id()));
          replicas.forEach(step::removeReplica);
          now.edgesFrom(function).forEach(e -> step.removeEdge(e.key()));
          now.edgesTo(function).forEach(e -> step.removeEdge(e.key()));
          step.removeFunction(function);
        }
        case 2 -> {
          if (now.function(function).isPresent()) {
            step.put(replica("r-" + n, function.toString(), "10.88.1." + n));
          }
        }
        case 3 -> step.removeReplica("r-" + n);
        case 4 -> {
          if (now.function(function).isPresent() && now.function(other).isPresent()) {
            step.put(new Edge(function, other, DataPath.FABRIC, EdgeOrigin.CALLS));
          }
        }
        default -> step.removeEdge(new Edge.Key(function, other));
      }
      GraphDelta delta = step.build(now.revision(), now.revision() + 1);
      now = now.apply(delta);
      all.add(delta);
    }
    return all.build(graph.revision(), graph.revision() + 1);
  }
}
