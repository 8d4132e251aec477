package io.directfaas.graph;

import static io.directfaas.graph.Sample.edge;
import static io.directfaas.graph.Sample.ref;
import static io.directfaas.graph.Sample.replica;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class CallsByNameTest {
  private static Graph with(Consumer<GraphDelta.Builder> change) {
    GraphDelta.Builder delta = new GraphDelta.Builder();
    change.accept(delta);
    return Sample.small().apply(delta.build(1, 2));
  }

  @Test
  void aBareNameIsForTheOwnTenantOnly() {
    assertThat(CallsByName.names(ref("a"), ref("b")))
        .containsExactly("b", "b.acme", "b.acme.svc.cluster.local");
    assertThat(CallsByName.names(ref("globex/spy"), ref("b")))
        .containsExactly("b.acme", "b.acme.svc.cluster.local");
  }

  @Test
  void noFunctionTakesANameThatMeansSomethingElse() {
    assertThat(CallsByName.names(ref("a"), ref("gateway")))
        .containsExactly("gateway.acme", "gateway.acme.svc.cluster.local");
    assertThat(CallsByName.names(ref("openfaas/a"), ref("openfaas/gateway"))).isEmpty();
    assertThat(CallsByName.names(ref("a"), ref("localhost")))
        .containsExactly("localhost.acme", "localhost.acme.svc.cluster.local");
    // As long as "localhost", but only as long.
    assertThat(CallsByName.names(ref("a"), ref("thumbnail"))).contains("thumbnail");
  }

  @Test
  void aNameLeadsToReadyReplicasInTheOrderOfTheirAddresses() {
    Graph graph =
        with(
            delta ->
                delta
                    .put(replica("b-2", "b", "10.88.0.2"))
                    .put(replica("b-3", "b", "10.88.0.5").withState(ReplicaState.DRAINING))
                    .put(replica("b-4", "b", "10.88.0.6").withState(ReplicaState.STARTING)));

    assertThat(CallsByName.replicas(graph, edge("a", "b")))
        .extracting(Replica::id)
        .containsExactly("b-2", "b-1");
  }

  @Test
  void aFunctionThatCallsThroughItsSidecarIsLedToNoReplica() {
    Graph graph = with(delta -> delta.put(new Function(ref("a"), 2, NameRoute.SIDECAR)));

    assertThat(CallsByName.mayLeaveDirectly(graph, ref("a"))).isFalse();
    assertThat(CallsByName.mayLeaveDirectly(graph, ref("b"))).isTrue();
    assertThat(CallsByName.replicas(graph, edge("a", "b"))).isEmpty();
  }

  @Test
  void mutualTlsNeedsTheSidecar() {
    Edge secured = new Edge(ref("a"), ref("b"), DataPath.MTLS, EdgeOrigin.CALLS);
    assertThat(CallsByName.replicas(with(delta -> delta.put(secured)), secured)).isEmpty();

    Graph tenant = with(delta -> delta.put(new Tenant("acme", 2, EdgePolicy.EDGES, DataPath.MTLS)));
    assertThat(CallsByName.mayLeaveDirectly(tenant, ref("a"))).isFalse();
    assertThat(CallsByName.replicas(tenant, edge("a", "b"))).isEmpty();
  }
}
