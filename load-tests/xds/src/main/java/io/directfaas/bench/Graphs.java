package io.directfaas.bench;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import java.util.function.Consumer;

/** A graph of many functions, each of which calls the next few. */
final class Graphs {
  private final int functions;
  private Graph graph = Graph.empty("bench");
  private GraphDelta last = GraphDelta.snapshot(graph);

  /**
   * @param callees how many the next functions each one calls
   * @param publicFunctions how many the ingress leads to
   */
  Graphs(int functions, int callees, int publicFunctions) {
    this.functions = functions;
    change(
        delta -> {
          delta.put(Tenant.SYSTEM).put(Function.INGRESS);
          delta.put(new Tenant("bench", 2, EdgePolicy.EDGES, DataPath.FABRIC));
          for (int i = 0; i < functions; i++) {
            delta.put(new Function(ref(i), i + 2));
            delta.put(replica(i, 8080));
            for (int next = 1; next <= callees; next++) {
              delta.put(edge(i, i + next));
            }
          }
          for (int i = 0; i < publicFunctions; i++) {
            delta.put(publicEdge(i));
          }
        });
  }

  FunctionRef ref(int i) {
    return new FunctionRef("bench", "f" + Math.floorMod(i, functions));
  }

  Edge edge(int caller, int callee) {
    return new Edge(ref(caller), ref(callee), DataPath.FABRIC, EdgeOrigin.CALLS);
  }

  Edge publicEdge(int callee) {
    return new Edge(FunctionRef.INGRESS, ref(callee), DataPath.FABRIC, EdgeOrigin.PUBLIC);
  }

  Replica replica(int i, int port) {
    return new Replica(
        "r" + i,
        ref(i),
        Ipv4.parse("10." + (i >> 16 & 255) + "." + (i >> 8 & 255) + "." + (i & 255)),
        new MacAddress(0x02df00000000L + i),
        port,
        "local",
        ReplicaState.READY);
  }

  Graphs change(Consumer<GraphDelta.Builder> changes) {
    GraphDelta.Builder builder = new GraphDelta.Builder();
    changes.accept(builder);
    last = builder.build(graph.revision(), graph.revision() + 1);
    graph = graph.apply(last);
    return this;
  }

  Graph graph() {
    return graph;
  }

  GraphDelta delta() {
    return last;
  }
}
