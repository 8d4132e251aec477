package io.directfaas.graph.watch;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.v1.Ack;
import io.directfaas.graph.v1.GraphWatchGrpc;
import io.directfaas.graph.v1.Role;
import io.directfaas.graph.v1.Stage;
import io.directfaas.graph.v1.Subscribe;
import io.directfaas.graph.v1.WatchRequest;
import io.directfaas.graph.v1.WatchUpdate;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the graph for one subscriber: connects, says which revision it holds, takes one update at
 * a time, acks it when the subscriber has carried it out, and connects again with back-off for as
 * long as it is not closed. The graph survives reconnects, so that a short break costs a small
 * delta.
 *
 * <p>All state belongs to one thread; public methods may be called from any.
 */
public final class GraphWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GraphWatcher.class);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(50);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(1);

  /** A snapshot of 100k functions is some tens of MB. */
  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  private interface Handler {
    CompletionStage<List<Laggard>> handle(
        Stage stage, long revision, @Nullable Graph next, @Nullable GraphDelta delta);
  }

  private final String name;
  private final Role role;
  private final Channel channel;
  private final Handler handler;
  private final ScheduledExecutorService loop;

  private @Nullable Graph held;
  private @Nullable StreamObserver<WatchRequest> requests;

  /** Bumped with every stream, so that events of an earlier one can be told. */
  private long streamNumber;

  private Duration backoff = FIRST_BACKOFF;
  private boolean busy;
  private @Nullable Runnable waiting;
  private volatile boolean connected;
  private volatile long revision;
  private volatile boolean closed;

  private GraphWatcher(String name, Role role, Channel channel, Handler handler) {
    this.name = name;
    this.role = role;
    this.channel = channel;
    this.handler = handler;
    this.loop =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("graph-watch-" + name).factory());
  }

  /**
   * A watcher for the fabric.
   *
   * @param subscriberName stable across restarts
   */
  public static GraphWatcher fabric(
      String subscriberName, Channel channel, FabricSubscriber subscriber) {
    return new GraphWatcher(
        subscriberName,
        Role.FABRIC,
        channel,
        (stage, revision, next, delta) ->
            next == null ? subscriber.retire(revision) : subscriber.prepare(next));
  }

  /**
   * A watcher for the mesh.
   *
   * @param subscriberName stable across restarts
   */
  public static GraphWatcher mesh(
      String subscriberName, Channel channel, MeshSubscriber subscriber) {
    return new GraphWatcher(
        subscriberName,
        Role.MESH,
        channel,
        (stage, revision, next, delta) -> {
          if (next == null) {
            throw new IllegalStateException(stage + " is not for the mesh");
          }
          return subscriber.go(next, delta);
        });
  }

  /** Connects, now and whenever the connection is lost. Returns at once. */
  public void start() {
    run(this::connect);
  }

  @Override
  public void close() {
    closed = true;
    run(
        () -> {
          if (requests != null) {
            requests.onCompleted();
          }
        });
    loop.shutdown();
  }

  /** Whether the owner has been heard on the present stream. */
  public boolean connected() {
    return connected;
  }

  /** The revision last carried out, 0 when none. */
  public long revision() {
    return revision;
  }

  private void run(Runnable task) {
    try {
      loop.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              log.error("{}: a step of the graph's watcher failed", name, e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("closed meanwhile", e);
    }
  }

  private void connect() {
    if (closed) {
      return;
    }
    long number = ++streamNumber;
    if (channel instanceof ManagedChannel managed) {
      // Its own back-off grows to two minutes; ours is the one that counts.
      managed.resetConnectBackoff();
    }
    StreamObserver<WatchRequest> stream =
        GraphWatchGrpc.newStub(channel)
            .withMaxInboundMessageSize(MAX_MESSAGE_BYTES)
            .watch(new Updates(number));
    requests = stream;
    Graph graph = held;
    stream.onNext(
        WatchRequest.newBuilder()
            .setSubscribe(
                Subscribe.newBuilder()
                    .setSubscriber(name)
                    .setRole(role)
                    .setGraphId(graph == null ? "" : graph.id())
                    .setHeldRevision(graph == null ? 0 : graph.revision()))
            .build());
  }

  private void lost(long number, String why) {
    if (number != streamNumber || closed) {
      return;
    }
    if (connected) {
      log.info("{}: lost the graph's owner: {}", name, why);
    }
    connected = false;
    requests = null;
    streamNumber++;
    long millis = backoff.toMillis();
    Duration doubled = backoff.multipliedBy(2);
    backoff = doubled.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : doubled;
    long jittered = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
    try {
      var unused = loop.schedule(() -> run(this::connect), jittered, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closed meanwhile", e);
    }
  }

  /**
   * Hands an update to the subscriber, after the one it is busy with: a new stream may bring its
   * first update while a stage of the old one is still being carried out.
   */
  private void received(long number, WatchUpdate update) {
    if (number != streamNumber) {
      return;
    }
    connected = true;
    backoff = FIRST_BACKOFF;
    if (busy) {
      waiting = () -> received(number, update);
      return;
    }
    Graph before = held;
    @Nullable Graph next = null;
    @Nullable GraphDelta delta = null;
    try {
      if (update.getStage() != Stage.RETIRE) {
        GraphDelta sent = Wire.fromProto(update.getDelta());
        if (sent.from() == 0) {
          next = Graph.empty(update.getGraphId()).apply(sent);
          delta = replacing(before, next);
        } else if (before != null && before.id().equals(update.getGraphId())) {
          next = before.apply(sent);
          delta = sent;
        } else {
          throw new IllegalArgumentException("a delta without the graph it starts from");
        }
      }
    } catch (IllegalArgumentException e) {
      log.warn("{}: an update does not fit, starting over: {}", name, e.getMessage());
      held = null;
      StreamObserver<WatchRequest> stream = requests;
      if (stream != null) {
        stream.onCompleted();
      }
      lost(number, "an update does not fit");
      return;
    }
    carryOut(number, update, next, delta);
  }

  private static @Nullable GraphDelta replacing(@Nullable Graph before, Graph next) {
    if (before == null || !before.id().equals(next.id()) || before.revision() > next.revision()) {
      return null;
    }
    return GraphDelta.between(before, next);
  }

  private void carryOut(
      long number, WatchUpdate update, @Nullable Graph next, @Nullable GraphDelta delta) {
    busy = true;
    CompletionStage<List<Laggard>> stage;
    try {
      stage = handler.handle(update.getStage(), update.getRevision(), next, delta);
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (laggards, error) -> run(() -> carriedOut(number, update, next, laggards, error)));
  }

  private void carriedOut(
      long number,
      WatchUpdate update,
      @Nullable Graph next,
      @Nullable List<Laggard> laggards,
      @Nullable Throwable error) {
    busy = false;
    Ack.Builder ack =
        Ack.newBuilder().setStage(update.getStage()).setRevision(update.getRevision());
    if (error != null) {
      log.warn(
          "{}: {} of revision {} failed", name, update.getStage(), update.getRevision(), error);
      ack.setError(describe(error));
    } else {
      if (next != null) {
        held = next;
        revision = next.revision();
      }
      for (Laggard laggard : laggards == null ? List.<Laggard>of() : laggards) {
        ack.addLaggards(
            io.directfaas.graph.v1.Laggard.newBuilder()
                .setWho(laggard.who())
                .setWhy(laggard.why()));
      }
    }
    StreamObserver<WatchRequest> stream = requests;
    if (number == streamNumber && stream != null) {
      stream.onNext(WatchRequest.newBuilder().setAck(ack).build());
    }
    Runnable parked = waiting;
    waiting = null;
    if (parked != null) {
      parked.run();
    }
  }

  private static String describe(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  private final class Updates implements StreamObserver<WatchUpdate> {
    private final long number;

    Updates(long number) {
      this.number = number;
    }

    @Override
    public void onNext(WatchUpdate update) {
      run(() -> received(number, update));
    }

    @Override
    public void onError(Throwable error) {
      run(() -> lost(number, String.valueOf(error.getMessage())));
    }

    @Override
    public void onCompleted() {
      run(() -> lost(number, "it ended the stream"));
    }
  }
}
