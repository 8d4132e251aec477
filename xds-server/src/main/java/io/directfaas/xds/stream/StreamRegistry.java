package io.directfaas.xds.stream;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.store.ResourceStore;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All streams, by function, whichever socket or service they came by; brings every new store to
 * those it concerns.
 */
public final class StreamRegistry implements AutoCloseable {
  /** Nobody waits for it, but whom it does not reach in this time counts as lagging. */
  private static final Duration REFRESH_WAIT = Duration.ofSeconds(30);

  /**
   * Since the first store, for those that have outlived a server before us. An Envoy waits a second
   * at most between two attempts to connect.
   */
  private static final Duration RETURN_WAIT = Duration.ofSeconds(3);

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private record Published(ResourceStore store, long epoch) {}

  /**
   * New streams beyond this many of one function's clients are refused. gRPC has one per target in
   * each process.
   */
  private static final int CLIENT_STREAMS_PER_FUNCTION = 256;

  private final Metrics metrics;
  private final StreamLimits limits;
  private final Admission admission;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("xds-stream-", 0).factory());
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("xds-timer").factory());
  private final Pushes pushes;

  /** Per function, in the order in which they were opened. */
  private final Map<FunctionRef, List<AdsStream<?, ?>>> streams = new ConcurrentHashMap<>();

  private final Map<WorkloadIdentity, SidecarStatus> known = new ConcurrentHashMap<>();

  /** Those who wait for a revision to be published. */
  private final Map<CompletableFuture<Void>, Long> awaited = new ConcurrentHashMap<>();

  private final AtomicLong epochs = new AtomicLong();

  /** Done when nobody waits any longer for those that may come back. */
  private final CompletableFuture<Void> returned = new CompletableFuture<>();

  private volatile @Nullable Published published;

  /** What is published and on its way to every stream it concerns. */
  private volatile @Nullable Published announced;

  public StreamRegistry(Metrics metrics) {
    this(metrics, StreamLimits.DEFAULT, Pushes.Pace.DEFAULT);
  }

  /**
   * @param quiet how long no change must have come for a client before the later ones of a burst
   *     are pushed to it
   * @param most how long a change is held back at most
   */
  public StreamRegistry(Metrics metrics, StreamLimits limits, Duration quiet, Duration most) {
    this(metrics, limits, new Pushes.Pace(quiet, most, Pushes.Pace.DEFAULT.concurrent()));
  }

  private StreamRegistry(Metrics metrics, StreamLimits limits, Pushes.Pace pace) {
    this.metrics = metrics;
    this.limits = limits;
    this.admission = new Admission(limits, System.nanoTime());
    this.pushes = new Pushes(pace, timer, metrics);
    metrics.pushQueue(pushes::pending);
  }

  Metrics metrics() {
    return metrics;
  }

  StreamLimits limits() {
    return limits;
  }

  Executor executor() {
    return executor;
  }

  ScheduledExecutorService timer() {
    return timer;
  }

  Pushes pushes() {
    return pushes;
  }

  public @Nullable ResourceStore store() {
    Published current = published;
    return current == null ? null : current.store;
  }

  /** A workload may connect: it is listed as not connected until it does. */
  void expect(WorkloadIdentity identity) {
    known.putIfAbsent(
        identity,
        new SidecarStatus(
            identity.nodeId(), identity.function().toString(), false, 0, null, null, Map.of()));
  }

  /** A workload is gone for good. */
  void forget(WorkloadIdentity identity) {
    known.remove(identity);
  }

  /** Why the stream may not open, or null. What it is to hold is on its way then. */
  @Nullable Status open(AdsStream<?, ?> stream) {
    WorkloadIdentity identity = stream.identity();
    Status refused = admission.open(identity, System.nanoTime());
    if (refused != null) {
      return refused;
    }
    if (stream.ofSidecar()) {
      makeRoom(identity);
    } else if (clientsOf(identity.function()) >= CLIENT_STREAMS_PER_FUNCTION) {
      admission.closed();
      return Admission.refusal("client-streams-per-function", CLIENT_STREAMS_PER_FUNCTION);
    }
    streams.merge(identity.function(), List.of(stream), StreamRegistry::joined);
    // After the stream is listed: a store published meanwhile reaches it one way or the other, and
    // epochs tell which is newer.
    Published current = published;
    ResourceView view = current == null ? null : current.store.view(identity.function());
    if (current != null && view != null) {
      stream.expect(current.epoch);
      pushes.submit(stream, new PushRequest(view, current.epoch, true, System.nanoTime()));
    }
    return null;
  }

  private void makeRoom(WorkloadIdentity identity) {
    List<AdsStream<?, ?>> same =
        of(identity.function()).stream()
            .filter(other -> other.ofSidecar() && other.isOpen())
            .filter(other -> other.identity().equals(identity))
            .<AdsStream<?, ?>>map(other -> other)
            .toList();
    if (same.size() >= limits.streamsPerWorkload()) {
      same.getFirst().close(Admission.refusal("streams-per-workload", limits.streamsPerWorkload()));
    }
  }

  private long clientsOf(FunctionRef function) {
    return of(function).stream().filter(stream -> !stream.ofSidecar()).count();
  }

  void closed(AdsStream<?, ?> stream, SidecarStatus last) {
    admission.closed();
    streams.computeIfPresent(stream.identity().function(), (function, all) -> without(all, stream));
    pushes.gone(stream);
    if (stream.ofSidecar()) {
      known.computeIfPresent(stream.identity(), (identity, before) -> last);
    }
  }

  private List<AdsStream<?, ?>> of(FunctionRef function) {
    return streams.getOrDefault(function, List.of());
  }

  private static List<AdsStream<?, ?>> joined(
      List<AdsStream<?, ?>> some, List<AdsStream<?, ?>> more) {
    List<AdsStream<?, ?>> all = new ArrayList<>(some);
    all.addAll(more);
    return List.copyOf(all);
  }

  private static @Nullable List<AdsStream<?, ?>> without(
      List<AdsStream<?, ?>> all, AdsStream<?, ?> gone) {
    List<AdsStream<?, ?>> rest = new ArrayList<>(all);
    rest.remove(gone);
    return rest.isEmpty() ? null : List.copyOf(rest);
  }

  /**
   * Publishes a store and pushes it to the functions touched. A function that is not in it keeps
   * what it has: its sidecars are about to go, and the fabric has closed its edges.
   *
   * @param wait how long to wait for answers at most
   * @return those that have not taken it, with the reason
   */
  public CompletableFuture<List<Laggard>> publish(ResourceStore.Update update, Duration wait) {
    long since = System.nanoTime();
    long epoch = epochs.incrementAndGet();
    if (published == null) {
      returned.completeOnTimeout(null, RETURN_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    }
    published = new Published(update.store(), epoch);
    List<CompletableFuture<Optional<Laggard>>> answers = new ArrayList<>();
    for (FunctionRef function : update.touched()) {
      ResourceView view = update.store().view(function);
      if (view == null) {
        continue;
      }
      PushRequest request = new PushRequest(view, epoch, update.urgent().contains(function), since);
      for (AdsStream<?, ?> stream : of(function)) {
        stream.expect(epoch);
        pushes.submit(stream, request);
        if (stream.ofSidecar()) {
          answers.add(bounded(stream, epoch, wait));
        }
      }
    }
    // After the offers: who waits for a revision asks the streams next.
    announced = published;
    completeAwaited();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            all ->
                answers.stream()
                    .map(CompletableFuture::join)
                    .flatMap(Optional::stream)
                    .distinct()
                    .sorted(Comparator.comparing(Laggard::who))
                    .toList());
  }

  /**
   * Completes when the sidecars that were there before us are back and hold what was published
   * first, or have had their time for it. A change made before would not be waited for: they would
   * take its steps in one, and so at another time than the others.
   */
  public CompletableFuture<Void> whenReturned() {
    if (!returned.isDone()) {
      lookWhoIsBack();
    }
    return returned.copy();
  }

  private void lookWhoIsBack() {
    ResourceStore held = store();
    boolean allBack =
        held != null
            && known.keySet().stream()
                .filter(identity -> held.view(identity.function()) != null)
                .allMatch(identity -> streamsOf(identity).stream().anyMatch(AdsStream::isCurrent));
    if (allBack) {
      returned.complete(null);
    } else if (!returned.isDone() && !timer.isShutdown()) {
      timer.schedule(this::lookWhoIsBack, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Completes when a workload's client holds all that concerns it of a revision or a later one; at
   * once where it has no stream.
   */
  public CompletableFuture<Void> whenHeld(WorkloadIdentity identity, long revision) {
    return whenPublished(revision).thenCompose(done -> whenSettled(identity));
  }

  private CompletableFuture<Void> whenPublished(long revision) {
    CompletableFuture<Void> waiting = new CompletableFuture<>();
    awaited.put(waiting, revision);
    var unused = waiting.whenComplete((done, error) -> awaited.remove(waiting));
    completeAwaited();
    return waiting;
  }

  private void completeAwaited() {
    Published current = announced;
    long reached = current == null ? 0 : current.store.revision();
    awaited.forEach(
        (waiting, revision) -> {
          if (current != null && reached >= revision) {
            waiting.complete(null);
          }
        });
  }

  private CompletableFuture<Void> whenSettled(WorkloadIdentity identity) {
    return CompletableFuture.allOf(
        of(identity.function()).stream()
            .filter(stream -> stream.identity().equals(identity))
            .map(stream -> stream.whenSettled(stream.offeredEpoch()))
            .toArray(CompletableFuture[]::new));
  }

  /** The functions of which a sidecar is connected. */
  public Set<FunctionRef> connected() {
    return new HashSet<>(streams.keySet());
  }

  /** Offers the sidecars of some functions what a store has for them, without waiting. */
  public void offer(ResourceStore held, Collection<FunctionRef> functions) {
    Set<FunctionRef> touched = new HashSet<>(functions);
    var unused = publish(new ResourceStore.Update(held, touched, Set.of()), REFRESH_WAIT);
  }

  private static CompletableFuture<Optional<Laggard>> bounded(
      AdsStream<?, ?> stream, long epoch, Duration wait) {
    if (stream.isLagging()) {
      // It has had its time. One that never answers must not slow every change of the others.
      return stream.laggard().thenApply(Optional::of);
    }
    CompletableFuture<Optional<Laggard>> settled = stream.whenSettled(epoch);
    // The stream drops the waiter once it is done, however it was completed.
    return settled
        .orTimeout(wait.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (laggard, timeout) -> {
              if (timeout == null) {
                return CompletableFuture.completedFuture(laggard);
              }
              stream.markLagging();
              return stream.laggard().thenApply(Optional::of);
            })
        .thenCompose(answer -> answer);
  }

  /** A store has been built, in so many nanoseconds. */
  public void built(long nanos) {
    metrics.built(nanos);
  }

  /** Every sidecar that may connect, by node. Asks every stream; waits a moment for answers. */
  public List<SidecarStatus> sidecars() {
    ResourceStore current = store();
    long revision = current == null ? 0 : current.revision();
    Map<WorkloadIdentity, SidecarStatus> all = new LinkedHashMap<>(known);
    Map<AdsStream<?, ?>, CompletableFuture<SidecarStatus>> asked = new LinkedHashMap<>();
    for (AdsStream<?, ?> stream : streams()) {
      if (stream.ofSidecar()) {
        asked.put(stream, stream.status());
      }
    }
    asked.forEach(
        (stream, answer) -> {
          SidecarStatus status =
              answer.completeOnTimeout(all.get(stream.identity()), 2, TimeUnit.SECONDS).join();
          if (status != null && status.connected()) {
            // Who has acked the last view made for it is at the current revision: the rest was no
            // concern of its.
            all.merge(
                stream.identity(),
                stream.isCurrent() ? status.at(revision) : status,
                StreamRegistry::both);
          }
        });
    return all.values().stream().sorted(Comparator.comparing(SidecarStatus::node)).toList();
  }

  /** Every stream of a client that came by TCP, by function and node. */
  public List<SidecarStatus> clients() {
    List<CompletableFuture<SidecarStatus>> asked = new ArrayList<>();
    for (AdsStream<?, ?> stream : streams()) {
      if (!stream.ofSidecar()) {
        asked.add(stream.status().orTimeout(2, TimeUnit.SECONDS));
      }
    }
    List<SidecarStatus> all = new ArrayList<>();
    for (CompletableFuture<SidecarStatus> answer : asked) {
      SidecarStatus status = answer.exceptionally(late -> null).join();
      if (status != null) {
        all.add(status);
      }
    }
    all.sort(Comparator.comparing(SidecarStatus::function).thenComparing(SidecarStatus::node));
    return all;
  }

  /** One workload's streams in one; of several, what lags counts. */
  private static SidecarStatus both(SidecarStatus one, SidecarStatus other) {
    if (!one.connected() || !other.connected()) {
      return one.connected() ? one : other;
    }
    Map<String, io.directfaas.xds.protocol.AdsState.TypeStatus> types =
        new LinkedHashMap<>(one.types());
    types.putAll(other.types());
    return new SidecarStatus(
        one.node(),
        one.function(),
        true,
        Math.min(one.ackedRevision(), other.ackedRevision()),
        one.nack() == null ? other.nack() : one.nack(),
        one.waitsFor() == null ? other.waitsFor() : one.waitsFor(),
        types);
  }

  /** Who may connect, and who is connected. */
  Set<WorkloadIdentity> workloads() {
    Set<WorkloadIdentity> all = new HashSet<>(known.keySet());
    streams().forEach(stream -> all.add(stream.identity()));
    return all;
  }

  /** The clients of a function that came by TCP and have said who they are. */
  List<WorkloadIdentity> clientsNamed(FunctionRef function) {
    return of(function).stream()
        .filter(stream -> !stream.ofSidecar() && !stream.identity().nodeId().isEmpty())
        .map(AdsStream::identity)
        .distinct()
        .toList();
  }

  /** A workload's streams that are open now, oldest first. */
  List<AdsStream<?, ?>> streamsOf(WorkloadIdentity identity) {
    List<AdsStream<?, ?>> all = new ArrayList<>();
    for (AdsStream<?, ?> stream : of(identity.function())) {
      if (stream.isOpen() && stream.identity().equals(identity)) {
        all.add(stream);
      }
    }
    return all;
  }

  /** How many streams have taken the last view meant for them. */
  public long settledStreams() {
    return streams().stream().filter(AdsStream::isCurrent).count();
  }

  /** Every stream that is open now. */
  Collection<AdsStream<?, ?>> streams() {
    List<AdsStream<?, ?>> all = new ArrayList<>();
    streams.values().forEach(all::addAll);
    return all;
  }

  /** Stops pushing. Streams end with the servers they came by. */
  @Override
  public void close() {
    pushes.close();
    executor.shutdownNow();
    timer.shutdownNow();
  }
}
