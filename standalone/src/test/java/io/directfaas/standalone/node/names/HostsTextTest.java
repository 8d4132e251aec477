package io.directfaas.standalone.node.names;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class HostsTextTest {
  private static final FunctionRef A = ref("a");
  private static final String GATEWAY =
      "169.254.88.1 gateway gateway.openfaas gateway.openfaas.svc.cluster.local\n";

  private static FunctionRef ref(String text) {
    return FunctionRef.parse(text, "acme");
  }

  private static Replica replica(String id, String function, String ip, ReplicaState state) {
    return new Replica(
        id, ref(function), Ipv4.parse(ip), MacAddress.parse("02:df:00:00:00:01"), 8080, "n", state);
  }

  private static Edge edge(String caller, String callee) {
    return new Edge(ref(caller), ref(callee), DataPath.FABRIC, EdgeOrigin.CALLS);
  }

  /** acme: a calls b, which has two ready replicas and a draining one, cold, and globex/d. */
  private static final Graph GRAPH =
      change(
          Graph.empty("test"),
          delta ->
              delta
                  .put(new Tenant("acme", 2, EdgePolicy.EDGES, DataPath.FABRIC))
                  .put(new Tenant("globex", 3, EdgePolicy.EDGES, DataPath.FABRIC))
                  .put(new Function(A, 2))
                  .put(new Function(ref("b"), 3))
                  .put(new Function(ref("cold"), 4))
                  .put(new Function(ref("globex/d"), 5))
                  .put(replica("b-1", "b", "10.88.0.9", ReplicaState.READY))
                  .put(replica("b-2", "b", "10.88.0.3", ReplicaState.READY))
                  .put(replica("b-3", "b", "10.88.0.4", ReplicaState.DRAINING))
                  .put(replica("cold-1", "cold", "10.88.0.5", ReplicaState.STARTING))
                  .put(replica("d-1", "globex/d", "10.88.0.6", ReplicaState.READY))
                  .put(edge("a", "b"))
                  .put(edge("a", "cold"))
                  .put(edge("a", "globex/d")));

  private static Graph change(Graph graph, Consumer<GraphDelta.Builder> change) {
    return graph.apply(delta(graph, change));
  }

  private static GraphDelta delta(Graph graph, Consumer<GraphDelta.Builder> change) {
    GraphDelta.Builder builder = new GraphDelta.Builder();
    change.accept(builder);
    return builder.build(graph.revision(), graph.revision() + 1);
  }

  @Test
  void readyReplicasHaveTheNameAndTheSidecarHasThatOfWhoHasNone() {
    assertThat(HostsText.of(GRAPH, A))
        .isEqualTo(
            GATEWAY
                + "10.88.0.3 b b.acme b.acme.svc.cluster.local\n"
                + "10.88.0.9 b b.acme b.acme.svc.cluster.local\n"
                + "169.254.88.1 cold cold.acme cold.acme.svc.cluster.local\n"
                + "10.88.0.6 d.globex d.globex.svc.cluster.local\n");
  }

  @Test
  void whoCallsNobodyKnowsTheGatewayOnly() {
    assertThat(HostsText.of(GRAPH, ref("b"))).isEqualTo(GATEWAY);
    assertThat(HostsText.of(GRAPH, ref("unknown"))).isEqualTo(GATEWAY);
    assertThat(HostsText.gatewayOnly()).isEqualTo(GATEWAY);
  }

  @Test
  void withNamesThroughTheSidecarEveryNameIsTheSidecars() {
    Graph graph = change(GRAPH, delta -> delta.put(new Function(A, 2, NameRoute.SIDECAR)));

    assertThat(HostsText.of(graph, A).lines()).hasSize(4).allMatch(l -> l.startsWith("169.254."));
  }

  @Test
  void aChangeConcernsTheCallersWhoseNamesItMayMove() {
    assertThat(touched(delta -> delta.removeReplica("b-1"))).containsExactly(A);
    assertThat(
            touched(
                delta -> delta.put(replica("d-2", "globex/d", "10.88.0.7", ReplicaState.READY))))
        .containsExactly(A);
    assertThat(touched(delta -> delta.removeEdge(edge("a", "b").key()))).containsExactly(A);
    assertThat(touched(delta -> delta.put(edge("b", "cold")))).containsExactly(ref("b"));
    assertThat(touched(delta -> delta.put(new Function(A, 2, NameRoute.SIDECAR))))
        .containsExactly(A);
    assertThat(
            touched(delta -> delta.put(new Tenant("globex", 3, EdgePolicy.EDGES, DataPath.MTLS))))
        .containsExactly(ref("globex/d"));
  }

  private static java.util.Set<FunctionRef> touched(Consumer<GraphDelta.Builder> change) {
    GraphDelta delta = delta(GRAPH, change);
    return Names.callersTouched(GRAPH, GRAPH.apply(delta), delta);
  }
}
