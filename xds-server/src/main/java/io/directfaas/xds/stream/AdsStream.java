package io.directfaas.xds.stream;

import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.protocol.AdsState;
import io.directfaas.xds.protocol.LimitExceededException;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsRequest;
import io.directfaas.xds.protocol.XdsResponse;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one client: an aggregated one, or one of a single type. Everything that happens on
 * it, requests, pushes, readiness, timers, is a task of one serial executor, so its state needs no
 * lock and no callback ever waits.
 *
 * <p>Memory is bounded whatever the client does: the next request is read only when the last one is
 * dealt with, at most one view is waiting to be pushed (newer ones replace it), at most one
 * response per type is unanswered, and nothing is written while the transport is not ready.
 *
 * @param <Q> the request message
 * @param <P> the response message
 */
final class AdsStream<Q, P> implements StreamObserver<Q> {
  private static final Logger log = LoggerFactory.getLogger(AdsStream.class);

  /** For clients that never ask for the endpoints of a cluster; Envoy asks within milliseconds. */
  private static final Duration WARMING_LIMIT = Duration.ofMillis(500);

  private record Waiter(long epoch, CompletableFuture<Optional<Laggard>> settled) {}

  private final Wire<Q, P> wire;
  private final ServerCallStreamObserver<P> client;
  private final Peer peer;
  private final StreamRegistry registry;
  private final Metrics metrics;
  private final SerialExecutor serial;
  private final Debounce debounce;
  private final TokenBucket requests;

  // Below: only in tasks of the serial executor.
  private final AdsState state;
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean identified;
  private boolean closed;
  private long viewEpoch;
  private long ackedRevision;
  private int parked;

  /** When the oldest change not settled yet was published; meaningless while none is. */
  private long convergingSince;

  private boolean converging;
  private @Nullable ScheduledFuture<?> warmingTimer;

  // Read by anyone.
  /** Its node id is the client's own word, within what its credential allows, once it said it. */
  private volatile WorkloadIdentity identity;

  private volatile long offeredEpoch;
  private volatile long settledEpoch;
  private volatile boolean lagging;
  private volatile boolean open = true;

  /**
   * @param only the type it carries alone; null for an aggregated one
   */
  AdsStream(
      Wire<Q, P> wire,
      @Nullable ResourceType only,
      ServerCallStreamObserver<P> client,
      Peer peer,
      StreamRegistry registry) {
    this.wire = wire;
    this.client = client;
    this.peer = peer;
    this.identity =
        new WorkloadIdentity(Objects.requireNonNullElse(peer.nodeId(), ""), peer.function());
    this.registry = registry;
    this.metrics = registry.metrics();
    this.serial = new SerialExecutor(registry.executor());
    this.debounce = registry.pushes().debounce();
    StreamLimits limits = registry.limits();
    this.requests = new TokenBucket(limits.requestsPerSecond(), System.nanoTime());
    this.state =
        only == null
            ? AdsState.aggregated(limits.perStream(), InstantSource.system())
            : AdsState.ofType(only, limits.perStream(), InstantSource.system());
  }

  void start() {
    client.disableAutoRequest();
    client.setOnReadyHandler(() -> serial.execute(this::pump));
    client.setOnCancelHandler(() -> serial.execute(this::onClosed));
    // Not every end is a cancellation: gRPC ends a call itself whose request cannot be parsed.
    client.setOnCloseHandler(() -> serial.execute(this::onClosed));
    Status refused = registry.open(this);
    if (refused != null) {
      metrics.refusedStream(refused);
      serial.execute(() -> refuse(refused));
      return;
    }
    metrics.streams.incrementAndGet();
    client.request(1);
  }

  private void refuse(Status reason) {
    closed = true;
    open = false;
    client.onError(reason.asRuntimeException());
  }

  /** Whether it is a sidecar of ours. */
  boolean ofSidecar() {
    return peer instanceof Peer.Sidecar;
  }

  WorkloadIdentity identity() {
    return identity;
  }

  Debounce debounce() {
    return debounce;
  }

  boolean isOpen() {
    return open;
  }

  /** Whether the client has taken the last view meant for it. */
  boolean isCurrent() {
    return settledEpoch > 0 && settledEpoch >= offeredEpoch;
  }

  /** Whether it was waited for in vain, and has not caught up since. */
  boolean isLagging() {
    return lagging;
  }

  void markLagging() {
    lagging = true;
  }

  /** The last epoch of which a view was on its way. */
  long offeredEpoch() {
    return offeredEpoch;
  }

  /** From any thread: a view of this epoch is on its way. */
  void expect(long epoch) {
    synchronized (this) {
      offeredEpoch = Math.max(offeredEpoch, epoch);
    }
  }

  /**
   * From any thread: brings the client to a view. Completes when all that may be sent now is
   * written; what an answer must come before follows by itself.
   */
  CompletableFuture<?> push(PushRequest request) {
    return CompletableFuture.runAsync(
        () -> {
          if (closed) {
            return;
          }
          // An older view may come later where a stream opens while a store is published.
          if (request.epoch() >= viewEpoch) {
            viewEpoch = request.epoch();
            state.offer(request.view());
          }
          if (!converging) {
            converging = true;
            convergingSince = request.since();
          }
          pump();
        },
        serial);
  }

  /**
   * From any thread: completes when the client has acked all of a publication, or refused it, or is
   * gone; with the laggard it is, if it is one. Completes at once for a client through which no
   * call can pass yet.
   */
  CompletableFuture<Optional<Laggard>> whenSettled(long epoch) {
    CompletableFuture<Optional<Laggard>> settled = new CompletableFuture<>();
    serial.execute(
        () -> {
          waiters.add(new Waiter(epoch, settled));
          afterTask();
        });
    return settled;
  }

  /** From any thread: who this client is as a laggard now. */
  CompletableFuture<Laggard> laggard() {
    return ask(s -> new Laggard(identity.nodeId(), s.waitsFor()));
  }

  /** From any thread: what the client holds. */
  CompletableFuture<SidecarStatus> status() {
    return ask(s -> statusNow());
  }

  /** From any thread: reads the state, between tasks. The function must not change it. */
  <T> CompletableFuture<T> ask(Function<AdsState, T> question) {
    return CompletableFuture.supplyAsync(() -> question.apply(state), serial);
  }

  void close(Status reason) {
    // At once, so that the next one to open does not count this one, too.
    open = false;
    serial.execute(() -> fail(reason));
  }

  @Override
  public void onNext(Q message) {
    serial.execute(
        () -> {
          if (!closed && accept(message)) {
            pump();
            readOn();
          }
        });
  }

  /** The client may send its next request, at once unless it has sent too many of late. */
  private void readOn() {
    long delay = requests.take(System.nanoTime());
    if (delay == 0) {
      client.request(1);
    } else {
      metrics.slowedRequests.inc();
      var unused =
          registry
              .timer()
              .schedule(() -> serial.execute(this::readIfOpen), delay, TimeUnit.NANOSECONDS);
    }
  }

  private void readIfOpen() {
    if (!closed) {
      client.request(1);
    }
  }

  @Override
  public void onError(Throwable error) {
    serial.execute(this::onClosed);
  }

  @Override
  public void onCompleted() {
    serial.execute(
        () -> {
          if (!closed) {
            client.onCompleted();
          }
          onClosed();
        });
  }

  private boolean accept(Q message) {
    // "Only the first request on a stream is guaranteed to carry the node identifier."
    Node node = wire.node(message);
    if (node != null || !identified) {
      Status refused =
          identified && node != null
              ? NodeCheck.unchanged(node, identity)
              : NodeCheck.check(node, peer);
      if (refused != null) {
        metrics.refusedStream(refused);
        log.warn("refused a stream of {}: {}", peer.function(), refused.getDescription());
        fail(refused);
        return false;
      }
    }
    if (!identified && node != null) {
      identity = new WorkloadIdentity(node.getId(), peer.function());
      identified = true;
    }
    XdsRequest request = wire.request(message);
    Status malformed = wire.check(request);
    if (malformed != null) {
      metrics.refusedStream(malformed);
      fail(malformed);
      return false;
    }
    try {
      boolean counts = state.onRequest(request);
      if (!counts) {
        metrics.expiredNonce(request.typeUrl());
      } else if (request.error() != null && !request.nonce().isEmpty()) {
        metrics.rejected(request.typeUrl(), wire.errorCode(message));
        log.warn("{} refused {}: {}", identity.nodeId(), request.typeUrl(), request.error());
      }
      return true;
    } catch (LimitExceededException e) {
      Status refused = Status.RESOURCE_EXHAUSTED.withDescription(e.getMessage());
      metrics.refusedStream(refused);
      log.warn("ended a stream of {}: {}", identity.nodeId(), e.getMessage());
      fail(refused);
      return false;
    }
  }

  /** Sends all that may be sent now. */
  private void pump() {
    if (closed) {
      return;
    }
    while (identified && client.isReady()) {
      XdsResponse response = state.next();
      if (response == null) {
        break;
      }
      if (!response.type().known()) {
        log.info(
            "{} asks for {}, of which there is nothing", identity.nodeId(), response.type().url());
      }
      P message = wire.response(response);
      int bytes = wire.size(message);
      metrics.sent(response.type(), response.resources().size(), bytes);
      if (bytes > registry.limits().perStream().responseBytes() * 2L) {
        // Some clients stop at 4 MiB, and silently.
        log.warn("{} is sent {} bytes of {}", identity.nodeId(), bytes, response.type().url());
        metrics.oversized(response.type());
      }
      client.onNext(message);
    }
    afterTask();
  }

  private void afterTask() {
    ResourceView view = state.view();
    boolean settled = !closed && state.settled();
    if (settled && view != null) {
      ackedRevision = view.revision();
      settledEpoch = viewEpoch;
      lagging = false;
      if (converging) {
        converging = false;
        metrics.converged(System.nanoTime() - convergingSince);
      }
    }
    int nowParked = closed ? 0 : state.parked();
    metrics.parked.addAndGet(nowParked - parked);
    parked = nowParked;
    if (!waiters.isEmpty()) {
      // Those who are told may publish the next change at once. It comes back as a task of its own,
      // so nothing they do can change what is being looked at here.
      waiters.removeIf(waiter -> answer(waiter, settled, view));
    }
    watchWarming();
  }

  private boolean answer(Waiter waiter, boolean settled, @Nullable ResourceView view) {
    if (closed || !identified || viewEpoch >= waiter.epoch && !state.serves()) {
      return complete(waiter, Optional.empty());
    }
    if (settled && view != null && viewEpoch >= waiter.epoch) {
      String refusal = state.refusal();
      return complete(
          waiter,
          refusal.isEmpty()
              ? Optional.empty()
              : Optional.of(new Laggard(identity.nodeId(), refusal)));
    }
    return waiter.settled.isDone();
  }

  private static boolean complete(Waiter waiter, Optional<Laggard> answer) {
    waiter.settled.complete(answer);
    return true;
  }

  private void watchWarming() {
    if (closed || !state.waitsForWarming()) {
      if (warmingTimer != null) {
        warmingTimer.cancel(false);
        warmingTimer = null;
      }
    } else if (warmingTimer == null) {
      warmingTimer =
          registry
              .timer()
              .schedule(
                  () -> serial.execute(this::stopWarming),
                  WARMING_LIMIT.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void stopWarming() {
    warmingTimer = null;
    if (!closed && state.waitsForWarming()) {
      state.stopWarming();
      pump();
    }
  }

  private SidecarStatus statusNow() {
    String refusal = state.refusal();
    return new SidecarStatus(
        identity.nodeId(),
        identity.function().toString(),
        identified && !closed,
        ackedRevision,
        refusal.isEmpty() ? null : refusal,
        closed || state.settled() ? null : state.waitsFor(),
        state.status());
  }

  private void fail(Status reason) {
    if (!closed) {
      client.onError(reason.asRuntimeException());
      onClosed();
    }
  }

  private void onClosed() {
    if (closed) {
      return;
    }
    closed = true;
    open = false;
    metrics.streams.decrementAndGet();
    registry.closed(this, statusNow());
    afterTask();
  }
}
