package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.GraphFixture;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipelineSizeTest {

  /** A ring of functions, each with some replicas and some edges to its next neighbours. */
  private static Compiled ring(int functions, int replicasEach, int edgesEach) {
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

  /** A ring over several nodes, each function on the node after its predecessor's. */
  private static int acrossNodes(int functions, int nodes) {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    Map<String, Ipv4> addresses = new HashMap<>();
    Map<String, Map<String, Port>> ports = new HashMap<>();
    for (int n = 0; n < nodes; n++) {
      addresses.put("n" + n, Ipv4.parse("192.0.2." + (n + 1)));
    }
    for (int f = 0; f < functions; f++) {
      String node = "n" + f % nodes;
      Replica replica = GraphFixture.on(node, GraphFixture.replica("acme/f" + f, "f" + f, f + 2));
      fixture.function("acme/f" + f).replica(replica);
      ports
          .computeIfAbsent(node, n -> new HashMap<>())
          .put(replica.id(), new Port(f + 2, replica.mac()));
    }
    for (int f = 0; f < functions; f++) {
      fixture.edge("acme/f" + f, "acme/f" + (f + 1) % functions);
    }
    Graph graph = fixture.next();
    int flows = 0;
    for (int n = 0; n < nodes; n++) {
      String node = "n" + n;
      Site site = new Site(node, ports.getOrDefault(node, Map.of()), 1, addresses);
      flows += Pipeline.compile(graph, site).flows().size();
    }
    return flows
        - nodes * Pipeline.compile(Graph.empty("test"), Site.only(Map.of())).flows().size();
  }

  @Test
  void acrossNodesItIsLinearTooWhateverTheNumberOfNodes() {
    int perNode = 2; // the tunnel's own
    for (int nodes : new int[] {4, 10, 20}) {
      int one = acrossNodes(100, nodes) - perNode * nodes;
      int two = acrossNodes(200, nodes) - perNode * nodes;
      assertThat(two).isEqualTo(2 * one);
      assertThat(one).isEqualTo(acrossNodes(100, 4) - perNode * 4);
    }
  }

  @Test
  void anEdgeIsTheSameNumberOfFlowsHoweverManyReplicasItsFunctionsHave() {
    long few = edgeFlows(ring(10, 1, 2));
    long many = edgeFlows(ring(10, 20, 2));
    assertThat(many).isEqualTo(few).isEqualTo(2 * 10 * 2);
  }

  private static long edgeFlows(Compiled compiled) {
    return compiled.flows().values().stream()
        .filter(f -> f.cookie().kind() == FlowKind.EDGE || f.cookie().kind() == FlowKind.REPLY)
        .count();
  }

  @Test
  void aReplicaOnAPortWithAnotherHardwareAddressGetsNothing() {
    Replica replica = GraphFixture.replica("acme/a", "a", 2);
    Graph graph = new GraphFixture().tenant("acme").function("acme/a").replica(replica).next();
    Port wrong = new Port(1, GraphFixture.replica("acme/a", "x", 3).mac());
    Compiled compiled = Pipeline.compile(graph, Map.of("a", wrong));
    assertThat(compiled.waitingForPort()).containsExactly("a");
    assertThat(compiled.flows())
        .hasSize(Pipeline.compile(Graph.empty("test"), Map.of()).flows().size());
  }
}
