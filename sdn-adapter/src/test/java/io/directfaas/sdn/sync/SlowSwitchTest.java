package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Meddler;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Packets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two switches, one of which takes long to answer, or does not answer at all for a while. */
class SlowSwitchTest {
  private static final Replica A = GraphFixture.on("n1", GraphFixture.replica("acme/a", "a", 2));
  private static final Replica B = GraphFixture.on("n1", GraphFixture.replica("acme/b", "b", 3));
  private static final Replica C = GraphFixture.on("n2", GraphFixture.replica("acme/c", "c", 4));
  private static final Replica D = GraphFixture.on("n2", GraphFixture.replica("acme/d", "d", 5));
  private static final String A_CALLS_B = Packets.tcp(2, A, B.ip(), 40000, 8080, "syn");
  private static final String C_CALLS_D = Packets.tcp(4, C, D.ip(), 40000, 8080, "syn");
  private static final SessionConfig IMPATIENT =
      new SessionConfig(
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(60));

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final FabricSync sync = new FabricSync(Adapter.audits(Duration.ofSeconds(30)));
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .function("acme/a")
          .function("acme/b")
          .function("acme/c")
          .function("acme/d")
          .replica(A)
          .replica(B)
          .replica(C)
          .replica(D);
  private OvsInstance quick;
  private OvsInstance slow;
  private Meddler meddler;

  @BeforeEach
  void start() throws Exception {
    quick = opened(OvsInstance.dummy());
    slow = opened(OvsInstance.dummy());
    quick.plugDummy(A, 2);
    quick.plugDummy(B, 3);
    slow.plugDummy(C, 4);
    slow.plugDummy(D, 5);
    meddler = opened(new Meddler(slow.managementSocket()));
    join("n1", quick, quick.managementSocket());
    join("n2", slow, meddler.socket());
    open.push(sync);
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  private void join(String node, OvsInstance ovs, Path managementSocket) {
    Wakeup wakeup = new Wakeup();
    SwitchConnection connection =
        opened(
            new SwitchConnection(SwitchAddress.unix(managementSocket), IMPATIENT, wakeup::signal));
    PortWatch ports =
        opened(
            new PortWatch(
                new OvsdbAddress.Unix(ovs.databaseSocket()),
                null,
                OvsInstance.BRIDGE,
                TunnelConfig.NONE,
                wakeup::signal));
    connection.start();
    ports.start();
    sync.join(
        new SwitchSync(
            node,
            Adapter.audits(Duration.ofSeconds(30)),
            connection,
            ports,
            wakeup,
            Map::of,
            Leadership.ALONE));
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private CompletableFuture<List<Laggard>> prepare(Graph graph) {
    return sync.prepare(graph).toCompletableFuture();
  }

  private CompletableFuture<List<Laggard>> retire(Graph graph) {
    return sync.retire(graph.revision()).toCompletableFuture();
  }

  private static <T> T soon(CompletableFuture<T> stage) throws Exception {
    return stage.get(60, TimeUnit.SECONDS);
  }

  private SwitchStatus status(String node) {
    return sync.status().switches().stream()
        .filter(s -> s.node().equals(node))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aSwitchThatDoesNotAnswerIsNamedOpensNothingAndHoldsNoOtherUp() throws Exception {
    Graph empty = graphs.next();
    assertThat(soon(prepare(empty))).isEmpty();
    assertThat(soon(retire(empty))).isEmpty();

    meddler.hold();
    Graph granted = graphs.edge("acme/a", "acme/b").edge("acme/c", "acme/d").next();
    var preparing = prepare(granted);
    await().atMost(OvsInstance.PATIENCE).until(() -> !quick.trace(A_CALLS_B).equals("drop"));
    assertThat(soon(preparing)).extracting(Laggard::who).containsExactly("switch n2");
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(status("n2").lastError()).isNotEmpty();
              assertThat(status("n1").lastError()).isEmpty();
              assertThat(status("n1").syncedRevision()).isEqualTo(granted.revision());
              assertThat(status("n2").syncedRevision()).isEqualTo(empty.revision());
            });
    assertThat(slow.trace(C_CALLS_D)).isEqualTo("drop");

    meddler.release();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> status("n2").syncedRevision() == granted.revision());
    assertThat(slow.trace(C_CALLS_D)).isNotEqualTo("drop");
    await().atMost(OvsInstance.PATIENCE).until(() -> status("n2").lastError().isEmpty());
  }

  @Test
  void aRevokeIsNotCalledDoneBeforeASwitchThatDoesNotAnswerHasIt() throws Exception {
    Graph granted = graphs.edge("acme/a", "acme/b").edge("acme/c", "acme/d").next();
    assertThat(soon(prepare(granted))).isEmpty();
    assertThat(soon(retire(granted))).isEmpty();

    Graph revoked = graphs.withoutEdge("acme/a", "acme/b").withoutEdge("acme/c", "acme/d").next();
    assertThat(soon(prepare(revoked))).isEmpty();
    meddler.hold();
    var retiring = retire(revoked);
    await().atMost(OvsInstance.PATIENCE).until(() -> quick.trace(A_CALLS_B).equals("drop"));
    assertThatThrownBy(() -> soon(retiring)).hasMessageContaining("switch n2");
    assertThat(slow.trace(C_CALLS_D)).isNotEqualTo("drop");

    meddler.release();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(soon(retire(revoked))).isEmpty());
    assertThat(slow.trace(C_CALLS_D)).isEqualTo("drop");
  }
}
