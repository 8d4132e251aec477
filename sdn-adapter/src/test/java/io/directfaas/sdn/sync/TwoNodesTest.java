package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.NodeAdapter;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Shell;
import io.directfaas.sdn.testing.Tcp;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two nodes, each with a switch and an adapter of its own in a network namespace, joined by a
 * cable; real TCP through real tunnels. Needs root.
 */
class TwoNodesTest {
  private static final Replica A = GraphFixture.on("n1", GraphFixture.replica("acme/a", "a", 2));
  private static final Replica B = GraphFixture.on("n2", GraphFixture.replica("acme/b", "b", 3));
  private static final Replica C = GraphFixture.on("n2", GraphFixture.replica("globex/c", "c", 4));
  private static final Map<String, Ipv4> ADDRESSES =
      Map.of("n1", Ipv4.parse("192.0.2.1"), "n2", Ipv4.parse("192.0.2.2"));

  private final Namespaces namespaces = new Namespaces();
  private final Tcp tcp = new Tcp();
  private final Node[] nodes = new Node[2];
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .tenant("globex")
          .function("acme/a")
          .function("acme/b")
          .function("globex/c")
          .replica(A)
          .replica(B)
          .replica(C)
          .edge("acme/a", "acme/b");
  private TunnelConfig tunnel = TunnelConfig.NONE;
  private String a = "";
  private String b = "";
  private String c = "";

  private static final class Node implements AutoCloseable {
    final String name;
    final String namespace;
    final OvsInstance ovs;
    NodeAdapter adapter;

    Node(String name, String namespace, OvsInstance ovs, NodeAdapter adapter) {
      this.name = name;
      this.namespace = namespace;
      this.ovs = ovs;
      this.adapter = adapter;
    }

    /** Carries exactly this graph; returns when no packet is carried by what was before. */
    void carry(Graph graph) throws Exception {
      adapter.carry(graph);
      ovs.settle();
    }

    /** For want of an edge; a source without any is not even expected at its destination's node. */
    long refused() throws Exception {
      return dropped(FlowKind.DROP_UNDECLARED) + dropped(FlowKind.DROP_UNEXPECTED_TUNNEL);
    }

    long dropped(FlowKind kind) throws Exception {
      return adapter.sync().observe(Table.ALL).stream()
          .filter(f -> Cookie.parse(f.cookie()).map(k -> k.kind() == kind).orElse(false))
          .mapToLong(ObservedFlow::packets)
          .sum();
    }

    @Override
    public void close() {
      adapter.close();
      ovs.close();
    }
  }

  private void start(String type) throws Exception {
    tunnel = new TunnelConfig(type, 1450);
    String[] switches = {namespaces.create("n1"), namespaces.create("n2")};
    Shell.run(
        "ip",
        "-n",
        switches[0],
        "link",
        "add",
        "cable",
        "type",
        "veth",
        "peer",
        "name",
        "cable",
        "netns",
        switches[1]);
    for (int i = 0; i < 2; i++) {
      nodes[i] = node(i + 1, switches[i]);
    }
    a = plug(nodes[0], A);
    b = plug(nodes[1], B);
    c = plug(nodes[1], C);
    tcp.serve(b, 8080);
    tcp.serve(b, 9090);
    tcp.serve(c, 8080);
    tcp.serve(a, 8080);
  }

  private Node node(int number, String namespace) throws Exception {
    Shell.run("ip", "-n", namespace, "link", "set", "cable", "up");
    OvsInstance ovs = OvsInstance.forTunnels(namespace);
    ovs.vsctl(
        "add-br",
        "underlay",
        "--",
        "set",
        "bridge",
        "underlay",
        "datapath_type=netdev",
        "fail_mode=standalone",
        "--",
        "add-port",
        "underlay",
        "cable");
    Shell.run("ip", "-n", namespace, "addr", "add", "192.0.2." + number + "/24", "dev", "underlay");
    Shell.run("ip", "-n", namespace, "link", "set", "underlay", "up");
    String name = "n" + number;
    return new Node(name, namespace, ovs, new NodeAdapter(name, ovs, tunnel, ADDRESSES));
  }

  private String plug(Node node, Replica replica) {
    String device = "veth-" + replica.id();
    String namespace = namespaces.replica(replica, node.namespace, device);
    Shell.run("ip", "-n", namespace, "link", "set", "eth0", "mtu", "1450");
    Shell.run("ip", "-n", node.namespace, "link", "set", device, "mtu", "1450");
    Tcp.withoutOffloads(namespace, "eth0");
    node.ovs.plugDevice(replica, device);
    return namespace;
  }

  private void carry(Graph graph) throws Exception {
    for (Node node : nodes) {
      node.carry(graph);
    }
  }

  @AfterEach
  void stop() {
    tcp.close();
    for (Node node : nodes) {
      if (node != null) {
        node.close();
      }
    }
    namespaces.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"geneve", "vxlan"})
  void anEdgeCrossesNodesAndARevokeAtEitherCutsIt(String type) throws Exception {
    start(type);
    Graph declared = graphs.next();
    carry(declared);
    for (Node node : nodes) {
      await()
          .atMost(OvsInstance.PATIENCE)
          .untilAsserted(() -> assertThat(node.adapter.status().lastError()).isEmpty());
    }
    Tcp.Connection established = tcp.connect(a, B.ip(), 8080);
    established.echoes("across");
    established.echoes("x".repeat(20_000));
    assertThat(tcp.connects(a, B.ip(), 9090)).isFalse();
    assertThat(tcp.connects(b, A.ip(), 8080)).isFalse();
    assertThat(tcp.connects(a, C.ip(), 8080)).isFalse();

    // The destination's node alone has heard of it: what the source's lets out is not let in.
    Graph revoked = graphs.withoutEdge("acme/a", "acme/b").next();
    nodes[1].carry(revoked);
    isCut(established, "revoked at n2", nodes[1]);
    nodes[1].carry(graphs.edge("acme/a", "acme/b").next());
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> established.received().contains("revoked at n2"));

    nodes[0].carry(graphs.withoutEdge("acme/a", "acme/b").next());
    isCut(established, "revoked at n1", nodes[0]);
  }

  private void isCut(Tcp.Connection connection, String line, Node where) throws Exception {
    long before = where.refused();
    connection.send(line);
    // The kernel sends it again and again; wait until the switch has dropped it more than once.
    await().atMost(OvsInstance.PATIENCE).until(() -> where.refused() >= before + 2);
    assertThat(connection.received()).doesNotContain(line);
    assertThat(tcp.connects(a, B.ip(), 8080)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = "geneve")
  void aNodeCutOffOpensNothingAndAForgedSourceIsDropped(String type) throws Exception {
    start(type);
    carry(graphs.next());
    assertThat(tcp.connects(a, B.ip(), 8080)).isTrue();

    forged(nodes[1]);

    // The source's node hears nothing of the new edge.
    nodes[0].adapter.close();
    Graph more = graphs.edge("acme/a", "globex/c").withoutEdge("acme/a", "acme/b").next();
    nodes[1].carry(more);
    assertThat(tcp.connects(a, C.ip(), 8080)).isFalse();
    assertThat(tcp.connects(a, B.ip(), 8080)).isFalse();
    nodes[0].adapter = new NodeAdapter("n1", nodes[0].ovs, tunnel, ADDRESSES);
    nodes[0].carry(more);
    await().atMost(OvsInstance.PATIENCE).until(() -> tcp.connects(a, C.ip(), 8080));

    // A node that is not known any longer is not believed.
    nodes[1].adapter.nodes(Map.of("n2", Ipv4.parse("192.0.2.2")));
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(
            () -> assertThat(nodes[1].adapter.status().lastError()).contains("no way to node n1"));
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(
            () -> nodes[1].ovs.flows().stream().noneMatch(f -> f.contains("tun_src=192.0.2.1,")));
    nodes[1].ovs.settle();
    assertThat(tcp.connects(a, C.ip(), 8080)).isFalse();
    assertThat(nodes[1].dropped(FlowKind.DROP_UNEXPECTED_TUNNEL)).isPositive();
    nodes[1].adapter.nodes(ADDRESSES);
    await().atMost(OvsInstance.PATIENCE).until(() -> tcp.connects(a, C.ip(), 8080));
  }

  private static void forged(Node at) {
    int port = at.adapter.ports().bridge().orElseThrow().tunnelPort();
    assertThat(port).isPositive();
    String call =
        ",tcp,in_port="
            + port
            + ",dl_src="
            + A.mac()
            + ",dl_dst="
            + B.mac()
            + ",nw_src="
            + A.ip()
            + ",nw_dst="
            + B.ip()
            + ",nw_ttl=64,tcp_src=40000,tcp_dst=8080,tcp_flags=syn";
    assertThat(at.ovs.trace("tun_id=2,tun_src=192.0.2.1" + call)).isNotEqualTo("drop");
    for (String source :
        List.of(
            "tun_id=2,tun_src=192.0.2.2",
            "tun_id=2,tun_src=192.0.2.77",
            "tun_id=3,tun_src=192.0.2.1",
            "tun_id=77,tun_src=192.0.2.1",
            "tun_id=0,tun_src=192.0.2.1")) {
      assertThat(at.ovs.trace(source + call)).as(source).isEqualTo("drop");
    }
  }
}
