package io.directfaas.graph;

import static io.directfaas.graph.Sample.edge;
import static io.directfaas.graph.Sample.ref;
import static io.directfaas.graph.Sample.replica;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GraphTest {

  @Test
  void anEarlierGraphIsUntouchedByALaterChange() {
    Graph before = Sample.small();

    Graph after =
        before.apply(new GraphDelta.Builder().removeEdge(edge("a", "b").key()).build(1, 2));

    assertThat(before.edge(ref("a"), ref("b"))).isPresent();
    assertThat(after.edge(ref("a"), ref("b"))).isEmpty();
    assertThat(after.edgesFrom(ref("a"))).isEmpty();
    assertThat(after.edgesTo(ref("b"))).isEmpty();
    assertThat(after.revision()).isEqualTo(2);
  }

  @Test
  void aDeltaFromAnotherRevisionIsRefused() {
    Graph graph = Sample.small();

    assertThatThrownBy(() -> graph.apply(new GraphDelta.Builder().build(7, 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from revision 7 does not fit revision 1");
  }

  @Test
  void aReplicaThatMovesIsFoundAtItsNewAddressOnly() {
    Graph graph =
        Sample.small()
            .apply(new GraphDelta.Builder().put(replica("a-1", "a", "10.88.0.9")).build(1, 2));

    assertThat(graph.replicaAt("acme", Ipv4.parse("10.88.0.9"))).map(Replica::id).contains("a-1");
    assertThat(graph.replicaAt("acme", Ipv4.parse("10.88.0.3"))).isEmpty();
    assertThat(graph.replicaAt("globex", Ipv4.parse("10.88.0.9"))).isEmpty();
  }

  @Test
  void twoReplicasWithOneAddressAreBothFoundAndOneOfThemStaysWhenTheOtherGoes() {
    Graph twins =
        Sample.small()
            .apply(new GraphDelta.Builder().put(replica("b-9", "b", "10.88.0.3")).build(1, 2));
    assertThat(twins.replicaIdsAt(Ipv4.parse("10.88.0.3")).get("acme"))
        .containsExactlyInAnyOrder("a-1", "b-9");

    Graph one = twins.apply(new GraphDelta.Builder().removeReplica("b-9").build(2, 3));
    assertThat(one.replicaAt("acme", Ipv4.parse("10.88.0.3"))).map(Replica::id).contains("a-1");
  }

  @Test
  void whatItWasMadeFromIsKnownForOneStep() {
    Graph first = Sample.small();
    GraphDelta change = new GraphDelta.Builder().removeEdge(edge("a", "b").key()).build(1, 2);
    Graph second = first.apply(change);
    Graph third = second.apply(new GraphDelta.Builder().build(2, 3));

    assertThat(second.knownDeltaFrom(first)).contains(change);
    assertThat(second.knownDeltaFrom(second)).map(GraphDelta::isEmpty).contains(true);
    assertThat(third.knownDeltaFrom(first)).isEmpty();
    assertThat(first.knownDeltaFrom(second)).isEmpty();
    assertThat(second.knownDeltaFrom(Sample.small())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.directfaas.graph.Sample#seeds")
  void theDifferenceOfTwoGraphsLeadsFromOneToTheOther(long seed) {
    Random random = new Random(seed);
    Graph before = Sample.small();
    Graph after = before;
    GraphDelta merged = new GraphDelta.Builder().build(1, 1);
    for (int i = 0; i < 8; i++) {
      GraphDelta change = Sample.randomChange(after, random);
      after = after.apply(change);
      merged = merged.then(change);
    }

    assertThat(before.apply(GraphDelta.between(before, after))).isEqualTo(after);
    assertThat(before.apply(merged)).isEqualTo(after);
    assertThat(Graph.empty(Sample.GRAPH_ID).apply(GraphDelta.snapshot(after))).isEqualTo(after);
  }

  @ParameterizedTest
  @MethodSource("io.directfaas.graph.Sample#seeds")
  void everyIndexSaysWhatAScanWouldSay(long seed) {
    Random random = new Random(seed);
    Graph built = Sample.small();
    for (int i = 0; i < 10; i++) {
      built = built.apply(Sample.randomChange(built, random));
    }
    Graph graph = built;

    for (Function function : graph.functions().values()) {
      FunctionRef ref = function.ref();
      assertThat(graph.edgesFrom(ref))
          .containsExactlyInAnyOrderElementsOf(
              graph.edges().values().stream().filter(e -> e.caller().equals(ref)).toList());
      assertThat(graph.edgesTo(ref))
          .containsExactlyInAnyOrderElementsOf(
              graph.edges().values().stream().filter(e -> e.callee().equals(ref)).toList());
      assertThat(graph.replicasOf(ref))
          .containsExactlyInAnyOrderElementsOf(
              graph.replicas().values().stream().filter(r -> r.function().equals(ref)).toList());
      assertThat(graph.functionById(function.id())).contains(function);
    }
    for (Replica replica : graph.replicas().values()) {
      assertThat(graph.replicaAt(replica.function().namespace(), replica.ip())).contains(replica);
    }
    assertThat(graph.functionsOf("acme").stream().collect(Collectors.toSet()))
        .isEqualTo(
            graph.functions().values().stream()
                .filter(f -> f.ref().namespace().equals("acme"))
                .collect(Collectors.toSet()));
  }
}
