package io.directfaas.xds.stream;

import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.protocol.AdsState;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsRequest;
import io.directfaas.xds.protocol.XdsResponse;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One aggregated stream of one client. Everything that happens on it, requests, pushes, readiness,
 * timers, is a task of one serial executor, so its state needs no lock and no callback ever waits.
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

  private record Waiter(long revision, CompletableFuture<Optional<Laggard>> settled) {}

  private final Wire<Q, P> wire;
  private final ServerCallStreamObserver<P> client;
  private final Peer peer;
  private final StreamRegistry registry;
  private final Metrics metrics;
  private final ScheduledExecutorService timer;
  private final SerialExecutor serial;

  /** The newest view not taken up yet: the push queue, of length one. */
  private final AtomicReference<@Nullable ResourceView> pending = new AtomicReference<>();

  // Below: only in tasks of the serial executor.
  private final AdsState state = new AdsState();
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean identified;
  private boolean closed;
  private long ackedRevision;
  private @Nullable ScheduledFuture<?> warmingTimer;

  // Read by anyone.
  /** Its node id is the client's own word, within what its credential allows, once it said it. */
  private volatile WorkloadIdentity identity;

  private volatile SidecarStatus status;
  private volatile long offeredRevision;

  AdsStream(
      Wire<Q, P> wire,
      ServerCallStreamObserver<P> client,
      Peer peer,
      StreamRegistry registry,
      Executor executor,
      ScheduledExecutorService timer) {
    this.wire = wire;
    this.client = client;
    this.peer = peer;
    this.identity =
        new WorkloadIdentity(Objects.requireNonNullElse(peer.nodeId(), ""), peer.function());
    this.registry = registry;
    this.metrics = registry.metrics();
    this.timer = timer;
    this.serial = new SerialExecutor(executor);
    this.status = statusNow();
  }

  void start() {
    metrics.streams.incrementAndGet();
    client.disableAutoRequest();
    client.setOnReadyHandler(() -> serial.execute(this::pump));
    client.setOnCancelHandler(() -> serial.execute(this::onClosed));
    client.request(1);
  }

  /** Whether it is a sidecar of ours. */
  boolean ofSidecar() {
    return peer instanceof Peer.Sidecar;
  }

  WorkloadIdentity identity() {
    return identity;
  }

  SidecarStatus status() {
    return status;
  }

  /** The revision of the last view offered. */
  long offeredRevision() {
    return offeredRevision;
  }

  /** From any thread: what the client is to hold from now on. */
  void offer(ResourceView view) {
    offeredRevision = Math.max(offeredRevision, view.revision());
    if (pending.getAndSet(view) == null) {
      serial.execute(this::pump);
    }
  }

  /**
   * From any thread: completes when the client has acked all of a revision, or refused it, or is
   * gone; with the laggard it is, if it is one. Completes at once for a client through which no
   * call can pass yet.
   */
  CompletableFuture<Optional<Laggard>> whenSettled(long revision) {
    CompletableFuture<Optional<Laggard>> settled = new CompletableFuture<>();
    serial.execute(
        () -> {
          waiters.add(new Waiter(revision, settled));
          afterTask();
        });
    return settled;
  }

  /** From any thread: who this client is as a laggard now. */
  CompletableFuture<Laggard> laggard() {
    CompletableFuture<Laggard> laggard = new CompletableFuture<>();
    serial.execute(() -> laggard.complete(new Laggard(identity.nodeId(), state.waitsFor())));
    return laggard;
  }

  void close(Status reason) {
    serial.execute(() -> fail(reason));
  }

  @Override
  public void onNext(Q message) {
    serial.execute(
        () -> {
          if (closed) {
            return;
          }
          if (accept(message)) {
            pump();
            client.request(1);
          }
        });
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
        metrics.refusedStreams.increment();
        log.warn("refused a stream of {}: {}", peer.function(), refused.getDescription());
        fail(refused);
        return false;
      }
    }
    if (!identified && node != null) {
      identity = new WorkloadIdentity(node.getId(), peer.function());
      if (!registry.add(this)) {
        fail(Status.RESOURCE_EXHAUSTED.withDescription("too many streams of " + peer.function()));
        return false;
      }
      identified = true;
    }
    XdsRequest request = wire.request(message);
    if (request.error() != null) {
      metrics.rejected(request.typeUrl());
      log.warn("{} refused {}: {}", identity.nodeId(), request.typeUrl(), request.error());
    }
    if (!state.onRequest(request)) {
      metrics.staleNonces.increment();
    }
    return true;
  }

  /** Sends all that may be sent now. */
  private void pump() {
    if (closed) {
      return;
    }
    ResourceView view = pending.getAndSet(null);
    if (view != null) {
      state.offer(view);
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
      metrics.sent(response.type().url(), response.resources().size());
      client.onNext(wire.response(response));
    }
    afterTask();
  }

  private void afterTask() {
    ResourceView view = state.view();
    boolean settled = !closed && pending.get() == null && state.settled();
    if (settled && view != null && view.revision() > ackedRevision) {
      ackedRevision = view.revision();
    }
    waiters.removeIf(waiter -> answer(waiter, settled, view));
    watchWarming();
    status = statusNow();
  }

  private boolean answer(Waiter waiter, boolean settled, @Nullable ResourceView view) {
    if (closed || identified && pending.get() == null && !state.serves()) {
      return waiter.settled.complete(Optional.empty());
    }
    if (settled && view != null && view.revision() >= waiter.revision) {
      String refusal = state.refusal();
      return waiter.settled.complete(
          refusal.isEmpty()
              ? Optional.empty()
              : Optional.of(new Laggard(identity.nodeId(), refusal)));
    }
    return waiter.settled.isDone();
  }

  private void watchWarming() {
    if (closed || !state.waitsForWarming()) {
      if (warmingTimer != null) {
        warmingTimer.cancel(false);
        warmingTimer = null;
      }
    } else if (warmingTimer == null) {
      warmingTimer =
          timer.schedule(
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
        !closed,
        ackedRevision,
        refusal.isEmpty() ? null : refusal,
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
    metrics.streams.decrementAndGet();
    registry.remove(this);
    afterTask();
  }
}
