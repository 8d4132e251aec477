package io.directfaas.graph.watch;

import io.directfaas.graph.Edge;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.v1.Ack;
import io.directfaas.graph.v1.GraphWatchGrpc;
import io.directfaas.graph.v1.Stage;
import io.directfaas.graph.v1.Subscribe;
import io.directfaas.graph.v1.WatchRequest;
import io.directfaas.graph.v1.WatchUpdate;
import io.directfaas.graph.watch.PublisherConfig.Role;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives every revision of a graph through fabric and mesh: the owner's side of the watch.
 *
 * <p>One transition is under way at a time; what is published meanwhile is merged into the next
 * one. A transition to revision r goes
 *
 * <ol>
 *   <li>PREPARE(r) to the fabric, and waits for it however long it takes: a route must never lead
 *       to a closed fabric;
 *   <li>GO(r) to the mesh, and waits a bounded time;
 *   <li>r is live; RETIRE(r) to the fabric follows when calls over removed edges had their time.
 * </ol>
 *
 * <p>A revocation swaps the order: PREPARE(r) and RETIRE(r) first, then GO(r).
 *
 * <p>All state belongs to one thread; public methods may be called from any.
 */
public final class GraphPublisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GraphPublisher.class);
  private static final String CLOSED = "the graph's owner is closing";
  private static final int HISTORY = 4096;
  private static final Duration RETRY = Duration.ofMillis(250);

  private enum Phase {
    IDLE,
    /** Fabric first. */
    PREPARING,
    /** Fabric first, and closed as well: a revocation. */
    REVOKING,
    /** Mesh. */
    GOING
  }

  private final PublisherConfig config;
  private final ScheduledExecutorService loop;
  private final History history = new History(HISTORY);
  private final Map<String, SubscriberState> subscribers = new LinkedHashMap<>();
  private final NavigableMap<Long, List<CompletableFuture<RevisionProgress>>> awaitingLive =
      new TreeMap<>();
  private final NavigableMap<Long, List<CompletableFuture<RevisionProgress>>> awaitingRetired =
      new TreeMap<>();

  private Graph current;
  private Graph target;
  private Graph live;
  private Phase phase = Phase.PREPARING;
  private boolean revokePending;

  /** Whether the transition under way takes something away that calls may still be using. */
  private boolean targetRemoves;

  private boolean pendingRemoves;

  /** Whether the transition under way carries an edge that stays another way. */
  private boolean targetMoves;

  private boolean pendingMoves;

  /** The highest revision that the fabric has been, or is to be, told to retire. */
  private long retireDue;

  /**
   * As of {@link System#nanoTime()}: until then calls may be using what some past transition took
   * away. To retire a later revision would be to retire that one's, too.
   */
  private long keepUntil = System.nanoTime();

  /** Bumped with every phase, so that a late timer can tell that its phase is over. */
  private long phaseNumber;

  private boolean meshWaitOver;

  /**
   * @param current the graph as it is stored; its revision goes through all stages first, as
   *     nothing is known of who has applied it
   */
  public GraphPublisher(Graph current, PublisherConfig config) {
    this.config = config;
    this.current = current;
    this.target = current;
    this.live = current;
    this.loop =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("graph-publisher").factory());
    run(this::advance);
  }

  /** The gRPC service that subscribers connect to. */
  public BindableService service() {
    return new GraphWatchGrpc.GraphWatchImplBase() {
      @Override
      public StreamObserver<WatchRequest> watch(StreamObserver<WatchUpdate> updates) {
        return new Requests((ServerCallStreamObserver<WatchUpdate>) updates);
      }
    };
  }

  /**
   * Makes a change known. It must be on disk already.
   *
   * @param delta from the last published revision to a new one
   */
  public void publish(GraphDelta delta, Urgency urgency) {
    run(
        () -> {
          pendingMoves |= delta.putEdges().stream().anyMatch(this::isMoved);
          current = current.apply(delta);
          history.add(delta);
          revokePending |= urgency == Urgency.REVOKE;
          pendingRemoves |= !delta.removedEdges().isEmpty();
          advance();
        });
  }

  /**
   * Completes when the transition that contains the revision is over: the fabric has prepared it
   * and the mesh has acked it, or was not waited for any longer; then {@link
   * RevisionProgress#live()} is false and the laggards are named. Never completes exceptionally but
   * by {@link #close()}.
   */
  public CompletableFuture<RevisionProgress> whenLive(long revision) {
    CompletableFuture<RevisionProgress> future = promise();
    run(
        () -> {
          if (isPast(revision)) {
            future.complete(progressOf(revision));
          } else {
            awaitingLive.computeIfAbsent(revision, r -> new ArrayList<>()).add(future);
          }
        });
    return future;
  }

  /** Completes when the fabric has closed what the revision removed, too. */
  public CompletableFuture<RevisionProgress> whenRetired(long revision) {
    CompletableFuture<RevisionProgress> future = promise();
    run(
        () -> {
          if (isRetired(revision)) {
            future.complete(progressOf(revision));
          } else {
            awaitingRetired.computeIfAbsent(revision, r -> new ArrayList<>()).add(future);
          }
        });
    return future;
  }

  /** Who has applied a revision, now. Never blocks for longer than a few state changes take. */
  public RevisionProgress progress(long revision) {
    CompletableFuture<RevisionProgress> future = promise();
    run(() -> future.complete(progressOf(revision)));
    return future.join();
  }

  @Override
  public void close() {
    run(
        () -> {
          subscribers.values().forEach(SubscriberState::replace);
          IllegalStateException closed = new IllegalStateException(CLOSED);
          Stream.of(awaitingLive, awaitingRetired)
              .flatMap(waiting -> waiting.values().stream())
              .flatMap(List::stream)
              .forEach(future -> future.completeExceptionally(closed));
        });
    loop.shutdown();
  }

  private void run(Runnable task) {
    try {
      loop.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              log.error("a step of the graph's publisher failed", e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("closed meanwhile", e);
    }
  }

  /** A future that fails rather than hangs when the publisher is closed already. */
  private <T> CompletableFuture<T> promise() {
    CompletableFuture<T> future = new CompletableFuture<>();
    if (loop.isShutdown()) {
      future.completeExceptionally(new IllegalStateException(CLOSED));
    }
    return future;
  }

  private void later(Duration delay, Runnable task) {
    try {
      var unused = loop.schedule(() -> run(task), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closed meanwhile", e);
    }
  }

  // ---- the transition ----

  /** Does everything that can be done now; called after every event. */
  private void advance() {
    boolean moved = true;
    while (moved) {
      sendWhatIsDue();
      moved =
          switch (phase) {
            case IDLE -> startTransition();
            case PREPARING -> fabricHas(target.revision(), false) && enter(Phase.GOING);
            case REVOKING ->
                (fabricHas(target.revision(), true) || (meshWaitOver && !fabricConnected()))
                    && enter(Phase.GOING);
            case GOING -> (meshHas(target.revision()) || meshWaitOver) && finishTransition();
          };
    }
    completeRetired();
  }

  private boolean startTransition() {
    if (current.revision() == target.revision()) {
      return false;
    }
    target = current;
    targetRemoves = pendingRemoves;
    pendingRemoves = false;
    targetMoves = pendingMoves;
    pendingMoves = false;
    boolean revoke = revokePending;
    revokePending = false;
    if (revoke) {
      retireDue = target.revision();
    }
    return enter(revoke ? Phase.REVOKING : Phase.PREPARING);
  }

  private boolean enter(Phase next) {
    phase = next;
    phaseNumber++;
    meshWaitOver = false;
    if (next == Phase.GOING || next == Phase.REVOKING) {
      long started = phaseNumber;
      later(
          config.meshWait(),
          () -> {
            if (phaseNumber == started) {
              meshWaitOver = true;
              advance();
            }
          });
    }
    return true;
  }

  private boolean finishTransition() {
    live = target;
    if (retireDue < live.revision()) {
      retireInTime(live.revision());
    }
    enter(Phase.IDLE);
    completeUpTo(awaitingLive, live.revision());
    return true;
  }

  private void retireInTime(long revision) {
    Duration own =
        targetMoves
            ? config.movedRetireAfter()
            : targetRemoves ? config.retireAfter() : Duration.ZERO;
    long now = System.nanoTime();
    keepUntil = now + Math.max(own.toNanos(), keepUntil - now);
    if (keepUntil == now) {
      retireDue = revision;
      return;
    }
    later(
        Duration.ofNanos(keepUntil - now).plusMillis(1),
        () -> {
          retireDue = Math.max(retireDue, revision);
          advance();
        });
  }

  private boolean isMoved(Edge edge) {
    return current
        .edge(edge.caller(), edge.callee())
        .filter(before -> before.dataPath() != edge.dataPath())
        .isPresent();
  }

  private void completeRetired() {
    while (!awaitingRetired.isEmpty() && isRetired(awaitingRetired.firstKey())) {
      completeUpTo(awaitingRetired, awaitingRetired.firstKey());
    }
  }

  private void completeUpTo(
      NavigableMap<Long, List<CompletableFuture<RevisionProgress>>> waiting, long revision) {
    while (!waiting.isEmpty() && waiting.firstKey() <= revision) {
      Map.Entry<Long, List<CompletableFuture<RevisionProgress>>> entry = waiting.pollFirstEntry();
      RevisionProgress progress = progressOf(entry.getKey());
      // Their continuations are other people's code and must not run on the loop.
      entry.getValue().forEach(future -> future.completeAsync(() -> progress));
    }
  }

  /** The initial transition counts as under way: nothing is live before it is over. */
  private boolean isPast(long revision) {
    return revision < live.revision() || (revision == live.revision() && settled());
  }

  private boolean settled() {
    return phase == Phase.IDLE || target.revision() > live.revision();
  }

  private boolean isRetired(long revision) {
    return isPast(revision) && fabricHas(revision, true);
  }

  // ---- who has what ----

  private List<SubscriberState> of(Role role) {
    return subscribers.values().stream().filter(s -> s.role == role && s.isConnected()).toList();
  }

  private boolean fabricConnected() {
    return !of(Role.FABRIC).isEmpty();
  }

  private boolean fabricHas(long revision, boolean closedToo) {
    List<SubscriberState> fabric = of(Role.FABRIC);
    if (fabric.isEmpty()) {
      return !config.expected().contains(Role.FABRIC);
    }
    return fabric.stream()
        .allMatch(s -> s.acked() >= revision && (!closedToo || s.retired() >= revision));
  }

  private boolean meshHas(long revision) {
    List<SubscriberState> mesh = of(Role.MESH);
    if (mesh.isEmpty()) {
      return !config.expected().contains(Role.MESH);
    }
    return mesh.stream().allMatch(s -> s.acked() >= revision);
  }

  private void sendWhatIsDue() {
    for (SubscriberState subscriber : subscribers.values()) {
      if (!subscriber.isIdle()) {
        continue;
      }
      switch (subscriber.role) {
        case FABRIC -> {
          // Held at the target already, it is prepared again on a new stream only to learn nothing:
          // an empty delta is cheap and tells it that it is current.
          if (subscriber.acked() != target.revision()) {
            subscriber.send(update(Stage.PREPARE, subscriber.acked(), target));
          } else if (subscriber.retired() < retireDue) {
            subscriber.send(
                WatchUpdate.newBuilder()
                    .setStage(Stage.RETIRE)
                    .setRevision(retireDue)
                    .setGraphId(current.id())
                    .build());
          }
        }
        case MESH -> {
          Graph allowed = phase == Phase.GOING || phase == Phase.IDLE ? target : live;
          boolean nothingAllowedYet = allowed.equals(live) && !settled() && phase != Phase.GOING;
          if (!nothingAllowedYet && subscriber.acked() != allowed.revision()) {
            subscriber.send(update(Stage.GO, subscriber.acked(), allowed));
          }
        }
      }
    }
  }

  private WatchUpdate update(Stage stage, long held, Graph to) {
    return WatchUpdate.newBuilder()
        .setStage(stage)
        .setRevision(to.revision())
        .setGraphId(to.id())
        .setDelta(Wire.toProto(history.bridge(held, to)))
        .build();
  }

  private RevisionProgress progressOf(long revision) {
    List<RevisionProgress.Subscriber> all =
        subscribers.values().stream().map(SubscriberState::progress).toList();
    List<String> waitingFor = new ArrayList<>();
    if (revision > current.revision()) {
      waitingFor.add(
          "revision " + revision + " does not exist; the newest is " + current.revision());
    }
    for (Role role : config.expected()) {
      if (of(role).isEmpty()) {
        waitingFor.add("no " + role.name().toLowerCase(java.util.Locale.ROOT) + " is connected");
      }
    }
    for (RevisionProgress.Subscriber subscriber : all) {
      if (!subscriber.connected()) {
        waitingFor.add(subscriber.name() + " is not connected");
      } else if (!subscriber.error().isEmpty()) {
        waitingFor.add(subscriber.name() + ": " + subscriber.error());
      } else if (subscriber.ackedRevision() < revision) {
        waitingFor.add(subscriber.name() + " is at revision " + subscriber.ackedRevision());
      }
      subscriber
          .laggards()
          .forEach(laggard -> waitingFor.add(laggard.who() + ": " + laggard.why()));
    }
    boolean isLive = isPast(revision) && waitingFor.isEmpty();
    return new RevisionProgress(revision, isLive, isRetired(revision), all, waitingFor);
  }

  // ---- one stream ----

  private void subscribed(Subscribe subscribe, StreamObserver<WatchUpdate> updates) {
    Role role =
        switch (subscribe.getRole()) {
          case FABRIC -> Role.FABRIC;
          case MESH -> Role.MESH;
          case ROLE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    if (role == null || subscribe.getSubscriber().isBlank()) {
      updates.onError(
          Status.INVALID_ARGUMENT
              .withDescription("subscribe: role and subscriber must be given")
              .asRuntimeException());
      return;
    }
    @Nullable SubscriberState known = subscribers.get(subscribe.getSubscriber());
    if (known != null) {
      known.replace();
    }
    SubscriberState state =
        known != null && known.role == role
            ? known
            : new SubscriberState(subscribe.getSubscriber(), role);
    subscribers.put(state.name, state);
    boolean sameGraph = subscribe.getGraphId().equals(current.id());
    state.connected(updates, sameGraph ? subscribe.getHeldRevision() : 0);
    log.info("{} {} connected, holding revision {}", role, state.name, state.acked());
    advance();
  }

  private void acked(StreamObserver<WatchUpdate> updates, Ack ack) {
    subscriberOn(updates)
        .forEach(
            subscriber -> {
              if (!subscriber.acknowledge(ack) && !ack.getError().isEmpty()) {
                log.warn(
                    "{} failed {} of revision {}: {}",
                    subscriber.name,
                    ack.getStage(),
                    ack.getRevision(),
                    ack.getError());
                later(
                    RETRY,
                    () -> {
                      if (subscriber.isOn(updates)) {
                        subscriber.clearOutstanding();
                        advance();
                      }
                    });
              }
            });
    advance();
  }

  private void ended(StreamObserver<WatchUpdate> updates) {
    subscriberOn(updates)
        .forEach(
            subscriber -> {
              log.info("{} disconnected", subscriber.name);
              subscriber.disconnected();
            });
    advance();
  }

  private Collection<SubscriberState> subscriberOn(StreamObserver<WatchUpdate> updates) {
    return subscribers.values().stream().filter(s -> s.isOn(updates)).toList();
  }

  private final class Requests implements StreamObserver<WatchRequest> {
    private final ServerCallStreamObserver<WatchUpdate> updates;

    Requests(ServerCallStreamObserver<WatchUpdate> updates) {
      this.updates = updates;
      updates.setOnCancelHandler(() -> run(() -> ended(updates)));
    }

    @Override
    public void onNext(WatchRequest request) {
      switch (request.getRequestCase()) {
        case SUBSCRIBE -> run(() -> subscribed(request.getSubscribe(), updates));
        case ACK -> run(() -> acked(updates, request.getAck()));
        case REQUEST_NOT_SET -> log.debug("an empty request");
      }
    }

    @Override
    public void onError(Throwable error) {
      run(() -> ended(updates));
    }

    @Override
    public void onCompleted() {
      run(
          () -> {
            ended(updates);
            updates.onCompleted();
          });
    }
  }
}
