package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.GraphFixture;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipelineSizeTest {

  /** A ring of functions, each with some replicas and some edges to its next neighbours. */
  private static Pipeline.Compiled ring(int functions, int replicasEach, int edgesEach) {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    Map<String, Port> ports = new HashMap<>();
    int slot = 2;
    for (int f = 0; f < functions; f++) {
      fixture.function("acme/f" + f);
      for (int r = 0; r < replicasEach; r++) {
        Replica replica = GraphFixture.replica("acme/f" + f, "f" + f + "-" + r, slot);
        fixture.replica(replica);
        ports.put(replica.id(), new Port(slot++, replica.mac()));
      }
    }
    for (int f = 0; f < functions; f++) {
      for (int e = 1; e <= edgesEach; e++) {
        fixture.edge("acme/f" + f, "acme/f" + (f + e) % functions);
      }
    }
    return Pipeline.compile(fixture.next(), ports);
  }

  @Test
  void doublesWithTheReplicasAndTheEdgesAndNotWithTheirProduct() {
    int fixed = Pipeline.compile(Graph.empty("test"), Map.of()).flows().size();
    int one = ring(50, 4, 3).flows().size() - fixed;
    int two = ring(100, 4, 3).flows().size() - fixed;
    assertThat(two).isEqualTo(2 * one);
  }

  @Test
  void isAConstantPerReplicaPlusAConstantPerEdgePlusAConstantPerFunction() {
    int fixed = Pipeline.compile(Graph.empty("test"), Map.of()).flows().size();
    for (int replicas : new int[] {1, 3, 10}) {
      for (int edges : new int[] {1, 5, 20}) {
        int functions = 60;
        assertThat(ring(functions, replicas, edges).flows())
            .hasSize(fixed + functions * (9 * replicas + 2 * edges + 4));
      }
    }
  }

  @Test
  void anEdgeIsTheSameNumberOfFlowsHoweverManyReplicasItsFunctionsHave() {
    long few = edgeFlows(ring(10, 1, 2));
    long many = edgeFlows(ring(10, 20, 2));
    assertThat(many).isEqualTo(few).isEqualTo(2 * 10 * 2);
  }

  private static long edgeFlows(Pipeline.Compiled compiled) {
    return compiled.flows().values().stream()
        .filter(f -> f.cookie().kind() == FlowKind.EDGE || f.cookie().kind() == FlowKind.REPLY)
        .count();
  }

  @Test
  void aReplicaOnAPortWithAnotherHardwareAddressGetsNothing() {
    Replica replica = GraphFixture.replica("acme/a", "a", 2);
    Graph graph = new GraphFixture().tenant("acme").function("acme/a").replica(replica).next();
    Port wrong = new Port(1, GraphFixture.replica("acme/a", "x", 3).mac());
    Pipeline.Compiled compiled = Pipeline.compile(graph, Map.of("a", wrong));
    assertThat(compiled.waitingForPort()).containsExactly("a");
    assertThat(compiled.flows())
        .hasSize(Pipeline.compile(Graph.empty("test"), Map.of()).flows().size());
  }
}
