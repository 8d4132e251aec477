package io.directfaas.graph.watch;

import static io.directfaas.graph.Sample.edge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Sample;
import io.directfaas.graph.watch.PublisherConfig.Role;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The two ends of the watch with gRPC between them; subscribers that write down what they are told.
 */
@Timeout(60)
class GraphWatchTest {
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> journal = new CopyOnWriteArrayList<>();
  private final String serverName = UUID.randomUUID().toString();
  private Graph graph = Sample.small();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : open.reversed()) {
      closeable.close();
    }
  }

  @Test
  void aChangeGoesThroughFabricMeshFabric() {
    GraphPublisher publisher = publisher(both());
    watchFabric();
    watchMesh();
    live(publisher, 1);
    publisher.whenRetired(1).join();
    journal.clear();

    publish(publisher, b -> b.removeEdge(edge("a", "b").key()).put(edge("b", "a")));

    assertThat(live(publisher, 2).live()).isTrue();
    assertThat(publisher.whenRetired(2).join().retired()).isTrue();
    assertThat(journal).containsExactly("prepare 2", "go 2 by delta", "retire 2");
  }

  @Test
  void aRevocationClosesTheFabricBeforeTheMeshMoves() {
    GraphPublisher publisher = publisher(both());
    watchFabric();
    watchMesh();
    live(publisher, 1);
    publisher.whenRetired(1).join();
    journal.clear();

    GraphDelta delta = change(b -> b.removeEdge(edge("a", "b").key()));
    publisher.publish(delta, Urgency.REVOKE);

    live(publisher, 2);
    assertThat(journal).containsExactly("prepare 2", "retire 2", "go 2 by delta");
  }

  @Test
  void aLaterChangeDoesNotCutCallsOverTheOldWayOfAnEdge() {
    Duration time = Duration.ofSeconds(2);
    GraphPublisher publisher =
        publisher(new PublisherConfig(both(), Duration.ofSeconds(5), Duration.ofMillis(10), time));
    watchFabric();
    watchMesh();
    live(publisher, 1);
    publisher.whenRetired(1).join();
    journal.clear();

    long begun = System.nanoTime();
    publish(publisher, b -> b.put(moved(graph, "a", "b")));
    publish(publisher, b -> b.put(edge("b", "a")));
    publish(publisher, b -> b.removeEdge(edge("b", "a").key()));
    live(publisher, 4);
    assertThat(publisher.whenRetired(4).join().retired()).isTrue();

    assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(time.toNanos());
    assertThat(journal).startsWith("prepare 2").doesNotContain("retire 1").endsWith("retire 4");
  }

  /** An edge that stays, carried another way. */
  private static Edge moved(Graph graph, String caller, String callee) {
    Edge before = edge(caller, callee);
    Edge now = graph.edge(before.caller(), before.callee()).orElseThrow();
    DataPath other = now.dataPath() == DataPath.MTLS ? DataPath.FABRIC : DataPath.MTLS;
    return new Edge(now.caller(), now.callee(), other, now.origin(), now.policy());
  }

  @Test
  void theMeshIsToldNothingBeforeTheFabricHasPrepared() {
    GraphPublisher publisher = publisher(both());
    RecordingMesh mesh = watchMesh();
    CompletableFuture<RevisionProgress> live = publisher.whenLive(1);

    await()
        .untilAsserted(
            () ->
                assertThat(publisher.progress(1).subscribers())
                    .anySatisfy(s -> assertThat(s.connected()).isTrue()));
    assertThat(publisher.progress(1).waitingFor()).contains("no fabric is connected");
    assertThat(mesh.graph.get()).isNull();
    assertThat(live).isNotDone();

    watchFabric();

    assertThat(live.join().live()).isTrue();
    assertThat(mesh.graph.get()).isEqualTo(graph);
  }

  @Test
  void withoutAFabricItsStagesAreSkipped() {
    GraphPublisher publisher = publisher(Set.of(Role.MESH));
    watchMesh();

    assertThat(live(publisher, 1).live()).isTrue();
    assertThat(journal).containsExactly("go 1 whole");
  }

  @Test
  void aMeshThatIsAwayIsNotWaitedForForEver() {
    GraphPublisher publisher = publisher(both());
    watchFabric();

    RevisionProgress progress = live(publisher, 1);

    assertThat(progress.live()).isFalse();
    assertThat(progress.waitingFor()).contains("no mesh is connected");
  }

  @Test
  void aLaggardIsNamedAndHoldsNothingUp() {
    GraphPublisher publisher = publisher(both());
    watchFabric();
    watchMesh().laggards = List.of(new Laggard("a-1", "NACK: bad route"));

    RevisionProgress progress = live(publisher, 1);

    assertThat(progress.live()).isFalse();
    assertThat(progress.waitingFor()).containsExactly("a-1: NACK: bad route");
  }

  @Test
  void aSwitchThatIsAwayIsNamedAndHoldsNothingUp() {
    GraphPublisher publisher = publisher(Set.of(Role.FABRIC));
    watchFabric().laggardsAtRetire = List.of(new Laggard("node-2", "not connected"));

    publisher.whenRetired(1).orTimeout(20, TimeUnit.SECONDS).join();

    await()
        .untilAsserted(
            () ->
                assertThat(publisher.progress(1).waitingFor())
                    .containsExactly("node-2: not connected"));
  }

  @Test
  void aStageThatFailsIsReportedAndTriedAgain() {
    GraphPublisher publisher = publisher(both());
    watchMesh();
    RecordingFabric fabric = watchFabric();
    live(publisher, 1);
    publisher.whenRetired(1).join();
    fabric.failing = "the switch is away";
    publish(publisher, b -> b.put(edge("b", "a")));

    await()
        .untilAsserted(
            () ->
                assertThat(publisher.progress(2).waitingFor())
                    .contains("sdn-adapter: the switch is away"));
    fabric.failing = null;

    assertThat(live(publisher, 2).live()).isTrue();
    assertThat(fabric.graph.get()).isEqualTo(graph);
  }

  @Test
  void whatIsPublishedDuringATransitionIsMergedIntoTheNext() {
    GraphPublisher publisher = publisher(both());
    RecordingMesh mesh = watchMesh();
    RecordingFabric fabric = watchFabric();
    live(publisher, 1);
    publisher.whenRetired(1).join();
    CompletableFuture<List<Laggard>> hold = new CompletableFuture<>();
    fabric.hold = hold;
    publish(publisher, b -> b.put(edge("b", "a")));
    await().until(() -> journal.contains("prepare 2"));
    Random random = new Random(7);
    for (int i = 0; i < 20; i++) {
      GraphDelta delta = Sample.randomChange(graph, random);
      graph = graph.apply(delta);
      publisher.publish(delta, Urgency.NORMAL);
    }
    hold.complete(List.of());

    live(publisher, 22);

    assertThat(journal)
        .contains("go 2 by delta", "go 22 by delta")
        .doesNotContain("go 10 by delta");
    assertThat(mesh.graph.get()).isEqualTo(graph);
    assertThat(fabric.graph.get()).isEqualTo(graph);
  }

  @Test
  void aSubscriberThatComesBackIsBroughtUpToDateByADelta() {
    GraphPublisher first = publisher(both());
    watchFabric();
    RecordingMesh mesh = watchMesh();
    live(first, 1);
    first.whenRetired(1).join();
    breakConnections();
    publish(first, b -> b.put(edge("b", "a")));
    publish(first, b -> b.removeEdge(edge("a", "b").key()));

    serve(first);
    live(first, 3);

    assertThat(journal).contains("prepare 3", "go 3 by delta").doesNotContain("go 3 whole");
    assertThat(mesh.graph.get()).isEqualTo(graph);
  }

  @Test
  void anOwnerThatRestartsFindsItsSubscribersWhereTheyWere() {
    GraphPublisher first = publisher(both());
    watchFabric();
    watchMesh();
    live(first, 1);
    first.whenRetired(1).join();
    breakConnections();
    first.close();
    journal.clear();

    GraphPublisher second = new GraphPublisher(graph, config(both()));
    open.add(second);
    serve(second);

    assertThat(live(second, 1).live()).isTrue();
    second.whenRetired(1).join();
    // Nothing but the confirmation that earlier revisions are over.
    assertThat(journal).containsExactly("retire 1");
  }

  @Test
  void anOwnerWithAnotherGraphReplacesAll() {
    GraphPublisher first = publisher(both());
    RecordingFabric fabric = watchFabric();
    RecordingMesh mesh = watchMesh();
    live(first, 1);
    breakConnections();
    first.close();
    Graph other = Graph.empty("another").apply(new GraphDelta.Builder().build(0, 1));

    GraphPublisher second = new GraphPublisher(other, config(both()));
    open.add(second);
    serve(second);
    live(second, 1);

    assertThat(fabric.graph.get()).isEqualTo(other);
    assertThat(mesh.graph.get()).isEqualTo(other);
  }

  @Test
  void manyRandomChangesArriveAsTheyWereMade() {
    GraphPublisher publisher = publisher(both());
    RecordingFabric fabric = watchFabric();
    RecordingMesh mesh = watchMesh();
    Random random = new Random(42);
    for (int i = 0; i < 300; i++) {
      GraphDelta delta = Sample.randomChange(graph, random);
      graph = graph.apply(delta);
      publisher.publish(delta, i % 10 == 0 ? Urgency.REVOKE : Urgency.NORMAL);
      if (i % 60 == 30) {
        breakConnections();
        serve(publisher);
      }
    }

    live(publisher, graph.revision());

    assertThat(mesh.graph.get()).isEqualTo(graph);
    assertThat(fabric.graph.get()).isEqualTo(graph);
    assertThat(mesh.gaps).isEmpty();
  }

  @Test
  void aRevisionThatDoesNotExistIsNotLive() {
    GraphPublisher publisher = publisher(Set.of());
    live(publisher, 1);

    assertThat(publisher.progress(99).live()).isFalse();
    assertThat(publisher.progress(99).waitingFor())
        .containsExactly("revision 99 does not exist; the newest is 1");
  }

  // ---- the rig ----

  private @Nullable Server server;

  private static Set<Role> both() {
    return Set.of(Role.FABRIC, Role.MESH);
  }

  private static PublisherConfig config(Set<Role> expected) {
    return new PublisherConfig(expected, Duration.ofMillis(300), Duration.ofMillis(50));
  }

  private GraphPublisher publisher(Set<Role> expected) {
    return publisher(config(expected));
  }

  private GraphPublisher publisher(PublisherConfig config) {
    GraphPublisher publisher = new GraphPublisher(graph, config);
    open.add(publisher);
    serve(publisher);
    return publisher;
  }

  private void serve(GraphPublisher publisher) {
    try {
      Server started =
          InProcessServerBuilder.forName(serverName)
              .addService(publisher.service())
              .build()
              .start();
      server = started;
      open.add(started::shutdownNow);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void breakConnections() {
    if (server != null) {
      server.shutdownNow();
      try {
        assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private GraphDelta change(java.util.function.Consumer<GraphDelta.Builder> change) {
    GraphDelta.Builder builder = new GraphDelta.Builder();
    change.accept(builder);
    GraphDelta delta = builder.build(graph.revision(), graph.revision() + 1);
    graph = graph.apply(delta);
    return delta;
  }

  private void publish(
      GraphPublisher publisher, java.util.function.Consumer<GraphDelta.Builder> change) {
    publisher.publish(change(change), Urgency.NORMAL);
  }

  private static RevisionProgress live(GraphPublisher publisher, long revision) {
    return publisher.whenLive(revision).orTimeout(20, TimeUnit.SECONDS).join();
  }

  private ManagedChannel channel() {
    ManagedChannel channel = InProcessChannelBuilder.forName(serverName).build();
    open.add(channel::shutdownNow);
    return channel;
  }

  private RecordingFabric watchFabric() {
    RecordingFabric fabric = new RecordingFabric();
    GraphWatcher watcher = GraphWatcher.fabric("sdn-adapter", channel(), fabric);
    watcher.start();
    open.add(watcher);
    return fabric;
  }

  private RecordingMesh watchMesh() {
    RecordingMesh mesh = new RecordingMesh();
    GraphWatcher watcher = GraphWatcher.mesh("xds-server", channel(), mesh);
    watcher.start();
    open.add(watcher);
    return mesh;
  }

  private final class RecordingFabric implements FabricSubscriber {
    final AtomicReference<@Nullable Graph> graph = new AtomicReference<>();
    volatile @Nullable String failing;
    volatile CompletableFuture<List<Laggard>> hold = CompletableFuture.completedFuture(List.of());
    volatile List<Laggard> laggardsAtRetire = List.of();

    @Override
    public CompletionStage<List<Laggard>> prepare(Graph target) {
      String problem = failing;
      if (problem != null) {
        return CompletableFuture.failedFuture(new IllegalStateException(problem));
      }
      journal.add("prepare " + target.revision());
      graph.set(target);
      return hold;
    }

    @Override
    public CompletionStage<List<Laggard>> retire(long revision) {
      journal.add("retire " + revision);
      return CompletableFuture.completedFuture(laggardsAtRetire);
    }
  }

  private final class RecordingMesh implements MeshSubscriber {
    final AtomicReference<@Nullable Graph> graph = new AtomicReference<>();
    final List<String> gaps = new CopyOnWriteArrayList<>();
    volatile List<Laggard> laggards = List.of();

    @Override
    public CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta) {
      journal.add("go " + target.revision() + (delta == null ? " whole" : " by delta"));
      Graph before = graph.get();
      if (delta != null && before != null && !before.apply(delta).sameContent(target)) {
        gaps.add(before + " to " + target);
      }
      graph.set(target);
      return CompletableFuture.completedFuture(laggards);
    }
  }
}
