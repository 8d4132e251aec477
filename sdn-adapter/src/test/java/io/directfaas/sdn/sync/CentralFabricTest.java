package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One adapter, or two, for the switches of two nodes that connect by TCP. */
class CentralFabricTest {
  private static final Replica A = GraphFixture.on("n1", GraphFixture.replica("acme/a", "a", 2));
  private static final Replica B = GraphFixture.on("n2", GraphFixture.replica("acme/b", "b", 3));

  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .function("acme/a")
          .function("acme/b")
          .replica(A)
          .replica(B)
          .edge("acme/a", "acme/b");
  private final List<AutoCloseable> open = new ArrayList<>();
  private OvsInstance one;
  private OvsInstance two;

  /** An adapter with a lease that the test gives and takes. */
  private static final class Central implements AutoCloseable {
    final FabricSync sync;
    final CentralFabric fabric;
    final int port;
    volatile OptionalLong epoch;

    Central(boolean contested, OptionalLong epoch, Duration lostAfter) throws Exception {
      this.epoch = epoch;
      SyncConfig config =
          new SyncConfig(
              Duration.ofMillis(200), Duration.ofSeconds(2), Duration.ofSeconds(2), lostAfter);
      sync = new FabricSync(config);
      fabric =
          new CentralFabric(
              new CentralFabric.Settings(
                  config, OvsInstance.BRIDGE, new TunnelConfig("geneve", 1500), null),
              sync,
              contested ? lease() : Leadership.ALONE,
              null,
              SessionConfig.defaults());
      port = fabric.listen("127.0.0.1", 0);
    }

    private Leadership lease() {
      return new Leadership() {
        @Override
        public boolean contested() {
          return true;
        }

        @Override
        public OptionalLong epoch() {
          return epoch;
        }
      };
    }

    void lease(OptionalLong now) {
      epoch = now;
      fabric.signalAll();
    }

    List<Laggard> prepare(Graph graph) throws Exception {
      return sync.prepare(graph).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    List<Laggard> retire(Graph graph) throws Exception {
      return sync.retire(graph.revision()).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    void carry(Graph graph) throws Exception {
      assertThat(prepare(graph)).isEmpty();
      assertThat(retire(graph)).isEmpty();
    }

    List<String> roles() {
      return sync.status().switches().stream().map(SwitchStatus::role).toList();
    }

    SwitchStatus.Counters counters() {
      return sync.status().counters();
    }

    @Override
    public void close() {
      sync.close();
      fabric.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    one = OvsInstance.dummy();
    open.add(one);
    two = OvsInstance.dummy();
    open.add(two);
    one.plugDummy(A, 2);
    two.plugDummy(B, 3);
    one.vsctl("set", "bridge", "df0", "other_config:datapath-id=0000000000000a01");
    two.vsctl("set", "bridge", "df0", "other_config:datapath-id=0000000000000a02");
    two.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-encap-ip=192.0.2.2");
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private Central central(boolean contested, OptionalLong epoch) throws Exception {
    Central central = new Central(contested, epoch, Duration.ofSeconds(60));
    open.add(central);
    return central;
  }

  private static void connect(OvsInstance ovs, Central... to) {
    List<String> args = new ArrayList<>(List.of("set-controller", OvsInstance.BRIDGE));
    for (Central each : to) {
      args.add("tcp:127.0.0.1:" + each.port);
    }
    ovs.vsctl(args.toArray(String[]::new));
  }

  /** The first by its dpid and address, the second by what its database says of both. */
  private List<NodeSpec> nodes() {
    return List.of(node("n1", one, 0xa01, "192.0.2.1"), node("n2", two, 0, null));
  }

  private static NodeSpec node(String name, OvsInstance ovs, long dpid, @Nullable String address) {
    return new NodeSpec(
        name,
        address == null ? null : Ipv4.parse(address),
        dpid,
        new OvsdbAddress.Unix(ovs.databaseSocket()));
  }

  private static void connected(Central central) {
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(
            () ->
                central.sync.status().connected()
                    && central.sync.status().portsKnown()
                    && central.sync.status().switches().size() == 2);
  }

  private static boolean holdsEdge(OvsInstance ovs) {
    return ovs.flows().stream().anyMatch(f -> f.contains("table=2") && f.contains("tp_dst=8080"));
  }

  @Test
  void bothSwitchesAreFilledAndNodesJoinLeaveAndMove() throws Exception {
    Central central = central(false, OptionalLong.empty());
    connect(one, central);
    connect(two, central);
    central.fabric.nodes(nodes());
    connected(central);
    central.carry(graphs.next());
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(one.flows()).anyMatch(f -> f.contains("192.0.2.2->tun_dst"));
              assertThat(two.flows()).anyMatch(f -> f.contains("tun_src=192.0.2.1"));
              assertThat(central.sync.status().lastError()).isEmpty();
            });
    assertThat(holdsEdge(one) && holdsEdge(two)).isTrue();
    assertThat(central.sync.status().switches())
        .extracting(SwitchStatus::node, SwitchStatus::dpid)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("n1", "00:00:00:00:00:00:0a:01"),
            org.assertj.core.groups.Tuple.tuple("n2", "00:00:00:00:00:00:0a:02"));

    two.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-encap-ip=192.0.2.9");
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> one.flows().stream().anyMatch(f -> f.contains("192.0.2.9->tun_dst")));

    central.fabric.nodes(List.of(node("n2", two, 0, null)));
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> two.flows().stream().noneMatch(f -> f.contains("tun_src=192.0.2.1")));
    central.fabric.nodes(nodes());
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> two.flows().stream().anyMatch(f -> f.contains("tun_src=192.0.2.1")));
  }

  @Test
  void aSwitchThatIsAwayIsNamedAndCaughtUpButARevokeWaitsForIt() throws Exception {
    Central central = central(false, OptionalLong.empty());
    connect(one, central);
    connect(two, central);
    central.fabric.nodes(nodes());
    connected(central);
    central.carry(graphs.edge("acme/b", "acme/a").next());
    two.vsctl("set", "bridge", "df0", "protocols=OpenFlow13");
    await().atMost(OvsInstance.PATIENCE).until(() -> !central.sync.status().connected());

    Graph revoked = graphs.withoutEdge("acme/a", "acme/b").next();
    assertThat(central.prepare(revoked)).extracting(Laggard::who).containsExactly("switch n2");
    assertThatThrownBy(() -> central.retire(revoked)).hasMessageContaining("switch n2");
    // What is there has closed all the same, and the other end refuses what crosses nodes.
    assertThat(holdsEdge(one)).isTrue();
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> one.flows().stream().filter(f -> f.contains("tp_dst=8080")).count() == 1);

    two.vsctl("set", "bridge", "df0", "protocols=OpenFlow14,OpenFlow15");
    connected(central);
    assertThat(central.retire(revoked)).isEmpty();
    assertThat(two.flows().stream().filter(f -> f.contains("tp_dst=8080")).count()).isEqualTo(1);
  }

  @Test
  void aRevokeDoesNotWaitForASwitchThatIsLost() throws Exception {
    Central central = new Central(false, OptionalLong.empty(), Duration.ZERO);
    open.add(central);
    connect(one, central);
    central.fabric.nodes(nodes());
    await()
        .atMost(OvsInstance.PATIENCE)
        .until(() -> central.sync.status().switches().stream().anyMatch(SwitchStatus::connected));
    Graph graph = graphs.next();
    central.prepare(graph);
    assertThat(central.retire(graph)).extracting(Laggard::who).containsExactly("switch n2");
  }

  @Test
  void callsAreLetInBeforeTheyAreLetOut() throws Exception {
    Central central = central(false, OptionalLong.empty());
    connect(one, central);
    connect(two, central);
    central.fabric.nodes(nodes());
    connected(central);
    central.carry(graphs.withoutEdge("acme/a", "acme/b").next());
    // The destination's switch is away: the source's must open nothing before its time is over.
    two.vsctl("set", "bridge", "df0", "protocols=OpenFlow13");
    await().atMost(OvsInstance.PATIENCE).until(() -> !central.sync.status().connected());
    Graph granted = graphs.edge("acme/a", "acme/b").next();
    var preparing = central.sync.prepare(granted).toCompletableFuture();
    boolean early = false;
    while (!preparing.isDone()) {
      boolean opened = holdsEdge(one);
      early |= opened && !preparing.isDone() && !waitIsOver(central);
    }
    assertThat(early).isFalse();
    await().atMost(OvsInstance.PATIENCE).until(() -> holdsEdge(one));
  }

  /** The second wave has begun: the source has been synced to the granted revision. */
  private static boolean waitIsOver(Central central) {
    return central.sync.status().switches().getFirst().syncedRevision() > 1;
  }

  @Test
  void aStandbyTakesOverWithoutTouchingAFlowAndTheStaleMasterIsRefused() throws Exception {
    Central first = central(true, OptionalLong.of(1));
    Central second = central(true, OptionalLong.empty());
    connect(one, first, second);
    connect(two, first, second);
    first.fabric.nodes(nodes());
    second.fabric.nodes(nodes());
    connected(first);
    connected(second);
    Graph graph = graphs.next();
    first.carry(graph);
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(first.roles()).containsExactly("master", "master");
              assertThat(second.roles()).containsExactly("slave", "slave");
            });
    List<String> before = one.flows();
    long written = first.counters().flowsWritten();

    // The first one does not know that its lease is over.
    second.lease(OptionalLong.of(2));
    second.carry(graph);
    assertThat(second.roles()).containsExactly("master", "master");
    assertThat(second.counters().flowsWritten() + second.counters().flowsDeleted()).isZero();
    assertThat(one.flows()).isEqualTo(before);
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(() -> assertThat(first.roles()).containsExactly("slave", "slave"));
    Graph stale = graphs.withoutEdge("acme/a", "acme/b").next();
    assertThatThrownBy(() -> first.prepare(stale)).hasMessageContaining("newer master");
    assertThat(first.counters().flowsWritten()).isEqualTo(written);
    assertThat(first.sync.status().lastError()).contains("newer master");
    assertThat(one.flows()).isEqualTo(before);

    // It gets the lease again, and finds what the other one has written meanwhile.
    Graph more = graphs.edge("acme/a", "acme/b").edge("acme/b", "acme/a").next();
    second.carry(more);
    List<String> grown = one.flows();
    second.lease(OptionalLong.empty());
    first.lease(OptionalLong.of(3));
    first.carry(more);
    assertThat(first.counters().flowsWritten()).isEqualTo(written);
    assertThat(one.flows()).isEqualTo(grown);
    assertThat(grown).isNotEqualTo(before);
  }

  @Test
  void aSecondConnectionOfADatapathIsRefusedWhileTheFirstLives() throws Exception {
    Central central = central(false, OptionalLong.empty());
    connect(one, central);
    connect(two, central);
    central.fabric.nodes(nodes());
    connected(central);
    central.carry(graphs.next());
    List<String> right = one.flows();
    try (OvsInstance impostor = OvsInstance.dummy()) {
      impostor.vsctl("set", "bridge", "df0", "other_config:datapath-id=0000000000000a01");
      connect(impostor, central);
      Graph more = graphs.edge("acme/b", "acme/a").next();
      central.carry(more);
      assertThat(one.flows()).isNotEqualTo(right);
      assertThat(impostor.flows()).isEmpty();
    }
  }
}
