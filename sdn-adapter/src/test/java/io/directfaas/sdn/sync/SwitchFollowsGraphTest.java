package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Packets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole adapter against a real switch with a datapath in memory. */
class SwitchFollowsGraphTest {
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);
  private static final Replica C = GraphFixture.replica("acme/c", "c", 4);
  private static final String A_CALLS_B = Packets.tcp(2, A, B.ip(), 40000, 8080, "syn");
  private static final String A_CALLS_C = Packets.tcp(2, A, C.ip(), 40000, 8080, "syn");

  private OvsInstance ovs;
  private Adapter adapter;
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .single("acme/c", 4)
          .edge("acme/a", "acme/b");

  @BeforeEach
  void start() throws Exception {
    ovs = OvsInstance.dummy();
    ovs.plugDummy(A, 2);
    ovs.plugDummy(B, 3);
    ovs.plugDummy(C, 4);
    adapter = new Adapter(ovs);
  }

  @AfterEach
  void stop() {
    adapter.close();
    ovs.close();
  }

  @Test
  void prepareAddsAndRetireRemoves() throws Exception {
    adapter.carry(graphs.next());
    assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop");
    assertThat(ovs.trace(A_CALLS_C)).isEqualTo("drop");

    Graph moved = graphs.withoutEdge("acme/a", "acme/b").edge("acme/a", "acme/c").next();
    adapter.prepare(moved);
    assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop");
    assertThat(ovs.trace(A_CALLS_C)).isNotEqualTo("drop");

    adapter.retire(moved.revision());
    assertThat(ovs.trace(A_CALLS_B)).isEqualTo("drop");
    assertThat(ovs.trace(A_CALLS_C)).isNotEqualTo("drop");
    assertThat(adapter.status().syncedRevision()).isEqualTo(moved.revision());
    assertThat(adapter.status().lastError()).isEmpty();
  }

  @Test
  void aRestartedAdapterWritesNothing() throws Exception {
    Graph graph = graphs.next();
    adapter.carry(graph);
    List<String> before = ovs.flows();
    adapter.close();

    adapter = new Adapter(ovs);
    adapter.carry(graph);
    assertThat(adapter.status().counters().flowsWritten()).isZero();
    assertThat(adapter.status().counters().flowsDeleted()).isZero();
    assertThat(ovs.flows()).isEqualTo(before).hasSize(adapter.status().flows());
  }

  @Test
  void aRestartedAdapterKeepsWhatAnUnretiredRevisionMayNeedUntilTheFirstRetire() throws Exception {
    adapter.carry(graphs.next());
    adapter.close();

    Graph without = graphs.withoutEdge("acme/a", "acme/b").next();
    adapter = new Adapter(ovs);
    adapter.prepare(without);
    assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop");
    adapter.retire(without.revision());
    assertThat(ovs.trace(A_CALLS_B)).isEqualTo("drop");
  }

  @Test
  void anotherOnesFlowIsFoundAndRemoved() throws Exception {
    adapter.close();
    adapter = new Adapter(ovs, Adapter.audits(Duration.ofMillis(100)));
    adapter.carry(graphs.next());
    List<String> right = ovs.flows();
    ovs.ofctl("add-flow", "table=0,priority=32768,actions=NORMAL");
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
    await()
        .untilAsserted(
            () -> assertThat(adapter.status().counters().foreignFlowsRemoved()).isEqualTo(1));
  }

  @Test
  void anotherOnesFlowIsRemovedEvenBeforeTheFirstRetire() throws Exception {
    ovs.ofctl("add-flow", "table=0,priority=32768,actions=NORMAL");
    adapter.prepare(graphs.next());
    assertThat(ovs.flows()).noneMatch(f -> f.contains("NORMAL"));
  }

  @Test
  void aFlowThatCannotEvenBeReadIsRemovedAndCountersStay() throws Exception {
    adapter.close();
    adapter = new Adapter(ovs, Adapter.audits(Duration.ofMillis(100)));
    adapter.carry(graphs.next());
    countSomePackets();
    List<String> right = ovs.flows();
    ovs.ofctl("add-flow", "table=2,priority=9,tcp,actions=resubmit(,5)");
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
    assertThat(packetsOnEdge()).isPositive();
    assertThat(adapter.status().counters().foreignFlowsRemoved()).isEqualTo(1);
  }

  @Test
  void anUnreadableFlowThatCarriesOurMarkIsRemovedToo() throws Exception {
    adapter.close();
    adapter = new Adapter(ovs, Adapter.audits(Duration.ofMillis(100)));
    adapter.carry(graphs.next());
    List<String> right = ovs.flows();
    ovs.ofctl("add-flow", "cookie=0xdfaa040000000001,table=2,priority=9,actions=resubmit(,5)");
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
  }

  @Test
  void aDeletedOrChangedFlowIsRestoredByTheAudit() throws Exception {
    adapter.close();
    adapter = new Adapter(ovs, Adapter.audits(Duration.ofMillis(100)));
    adapter.carry(graphs.next());
    List<String> right = ovs.flows();
    ovs.ofctl("del-flows", "table=2");
    ovs.ofctl("mod-flows", "table=5,actions=drop");
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
  }

  @Test
  void aRestartedSwitchIsFilledAgainWithoutHelp() throws Exception {
    adapter.carry(graphs.next());
    List<String> right = ovs.flows();
    ovs.restartDaemon();
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
    assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop");
    await().untilAsserted(() -> assertThat(adapter.status().lastError()).isEmpty());
  }

  private void countSomePackets() {
    ovs.inject(
        "p2",
        "in_port(2),eth(src=%s,dst=%s),eth_type(0x0800),ipv4(src=%s,dst=%s,proto=6,tos=0,ttl=64,frag=no),tcp(src=40000,dst=8080),tcp_flags(syn)"
            .formatted(A.mac(), B.mac(), A.ip(), B.ip()));
    await().until(() -> packetsOnEdge() > 0);
  }

  private long packetsOnEdge() throws Exception {
    return adapter.sync().observe(List.of(Table.EDGE)).stream()
        .filter(f -> Cookie.parse(f.cookie()).map(c -> c.kind() == FlowKind.EDGE).orElse(false))
        .mapToLong(ObservedFlow::packets)
        .sum();
  }

  @Test
  void countersSurviveChangesElsewhereAndARestartOfTheAdapter() throws Exception {
    adapter.carry(graphs.next());
    countSomePackets();
    long before = packetsOnEdge();
    Graph more = graphs.edge("acme/b", "acme/c").next();
    adapter.carry(more);
    assertThat(packetsOnEdge()).isEqualTo(before);
    adapter.close();
    adapter = new Adapter(ovs);
    adapter.carry(more);
    assertThat(packetsOnEdge()).isEqualTo(before);
  }

  @Test
  void aReplicaWhosePortComesLaterDoesNotHoldOthersUpAndGetsItsFlowsThen() throws Exception {
    Replica late = GraphFixture.replica("acme/c", "late", 9);
    Graph graph = graphs.replica(late).edge("acme/a", "acme/c").next();
    CompletableFuture<?> prepared = adapter.sync().prepare(graph).toCompletableFuture();
    await().untilAsserted(() -> assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop"));
    prepared.get(20, java.util.concurrent.TimeUnit.SECONDS);
    assertThat(adapter.status().waitingForPort()).containsExactly("late");
    String call = Packets.tcp(2, A, late.ip(), 40000, 8080, "syn");
    assertThat(ovs.trace(call)).isEqualTo("drop");

    ovs.plugDummy(late, 9);
    await().untilAsserted(() -> assertThat(ovs.trace(call)).isNotEqualTo("drop"));
    assertThat(adapter.status().waitingForPort()).isEmpty();
  }

  @Test
  void prepareWaitsForThePortOfAReplicaItBrings() throws Exception {
    adapter.close();
    adapter =
        new Adapter(
            ovs,
            new SyncConfig(
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                OvsInstance.PATIENCE,
                Duration.ofSeconds(60)));
    Replica late = GraphFixture.replica("acme/c", "late", 9);
    CompletableFuture<?> prepared =
        adapter.sync().prepare(graphs.replica(late).next()).toCompletableFuture();
    await().untilAsserted(() -> assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop"));
    assertThat(prepared).isNotDone();
    ovs.plugDummy(late, 9);
    prepared.get(20, java.util.concurrent.TimeUnit.SECONDS);
    assertThat(adapter.status().ports()).containsKey("late");
  }

  @Test
  void anAddressThatATenantHasTwiceLeadsNowhereAndDisturbsNoOther() throws Exception {
    Replica twin = GraphFixture.replica("acme/c", "twin", B.ip().toString(), 9, 8080);
    ovs.plugDummy(twin, 9);
    adapter.carry(graphs.edge("acme/a", "acme/c").next());
    assertThat(ovs.trace(A_CALLS_B)).contains(B.mac().toString());

    adapter.carry(graphs.replica(twin).next());
    assertThat(ovs.trace(A_CALLS_B)).isEqualTo("drop");
    assertThat(ovs.trace(A_CALLS_C)).contains(C.mac().toString());
    assertThat(adapter.status().ambiguousAddresses()).containsExactly(B.ip().toString());

    adapter.carry(graphs.withoutReplica("twin").next());
    assertThat(ovs.trace(A_CALLS_B)).contains(B.mac().toString());
    assertThat(adapter.status().ambiguousAddresses()).isEmpty();
  }

  @Test
  void anUnpluggedReplicaLosesItsFlows() throws Exception {
    adapter.carry(graphs.next());
    ovs.unplug(3);
    await().untilAsserted(() -> assertThat(adapter.status().waitingForPort()).containsExactly("b"));
    await().untilAsserted(() -> assertThat(ovs.trace(A_CALLS_B)).isEqualTo("drop"));
  }

  @Test
  void ofTwoUnretiredGraphsThatDisagreeTheNewerHasItsWay() throws Exception {
    adapter.carry(graphs.edge("acme/a", "acme/c").next());
    // The address of b goes to a new replica of c on another port of the switch.
    Replica moved = GraphFixture.replica("acme/c", "c2", "10.88.0.3", 99, 8080);
    ovs.plugDummy(moved, 9);
    Graph newer = graphs.withoutReplica("b").replica(moved).next();
    adapter.prepare(newer);
    String call = Packets.tcp(2, A, B.ip(), 40000, 8080, "syn");
    assertThat(ovs.trace(call)).contains(moved.mac().toString());
  }

  @Test
  void aStageFailsInWordsWhileTheSwitchIsAwayAndHoldsOnceItIsBack() throws Exception {
    adapter.close();
    adapter =
        new Adapter(
            ovs,
            new SyncConfig(
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofMillis(300),
                Duration.ofSeconds(60)));
    Graph graph = graphs.next();
    ovs.vsctl("set", "bridge", OvsInstance.BRIDGE, "protocols=OpenFlow10,OpenFlow13");
    await().untilAsserted(() -> assertThat(adapter.status().connected()).isFalse());
    assertThatThrownBy(() -> adapter.prepare(graph)).hasMessageContaining("OpenFlow");
    ovs.vsctl("set", "bridge", OvsInstance.BRIDGE, "protocols=OpenFlow10,OpenFlow13,OpenFlow14");
    await().untilAsserted(() -> assertThat(ovs.trace(A_CALLS_B)).isNotEqualTo("drop"));
    await()
        .untilAsserted(
            () -> assertThat(adapter.status().syncedRevision()).isEqualTo(graph.revision()));
  }

  @Test
  void everyFlowReadsBackAsItWasWritten() throws Exception {
    Graph graph = graphs.edge("ingress", "acme/a").next();
    adapter.carry(graph);
    var wanted = Pipeline.compile(graph, adapter.status().ports()).flows();
    List<ObservedFlow> found = adapter.sync().observe(Table.ALL);
    assertThat(found).hasSize(wanted.size());
    assertThat(FlowDiff.between(wanted, found, false).isEmpty()).isTrue();
  }
}
