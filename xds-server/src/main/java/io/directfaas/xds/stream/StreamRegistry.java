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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All streams, by function; brings every new store to those it concerns. */
public final class StreamRegistry {
  /** More streams than this of one workload push out its oldest; Envoy has one. */
  private static final int STREAMS_PER_WORKLOAD = 4;

  /**
   * New streams beyond this many of one function's clients are refused. gRPC has one per target in
   * each process.
   */
  private static final int CLIENT_STREAMS_PER_FUNCTION = 256;

  private final Map<FunctionRef, Map<AdsStream<?, ?>, Boolean>> streams = new ConcurrentHashMap<>();
  private final Map<WorkloadIdentity, SidecarStatus> known = new ConcurrentHashMap<>();

  /** Those who wait for a revision to be published. */
  private final Map<CompletableFuture<Void>, Long> awaited = new ConcurrentHashMap<>();

  private final Metrics metrics;
  private volatile @Nullable ResourceStore store;

  public StreamRegistry(Metrics metrics) {
    this.metrics = metrics;
  }

  Metrics metrics() {
    return metrics;
  }

  public @Nullable ResourceStore store() {
    return store;
  }

  /** A workload may connect: it is listed as not connected until it does. */
  void expect(WorkloadIdentity identity) {
    known.putIfAbsent(
        identity,
        new SidecarStatus(
            identity.nodeId(), identity.function().toString(), false, 0, null, Map.of()));
  }

  /** A workload is gone for good. */
  void forget(WorkloadIdentity identity) {
    known.remove(identity);
  }

  /** Whether there was room for it. */
  boolean add(AdsStream<?, ?> stream) {
    Map<AdsStream<?, ?>, Boolean> ofFunction =
        streams.computeIfAbsent(stream.identity().function(), f -> new ConcurrentHashMap<>());
    if (stream.ofSidecar()) {
      makeRoom(stream, ofFunction.keySet());
    } else if (clients(ofFunction.keySet()) >= CLIENT_STREAMS_PER_FUNCTION) {
      return false;
    }
    ofFunction.put(stream, true);
    // After the stream is listed: a store published meanwhile reaches it one way or the other.
    ResourceStore current = store;
    ResourceView view = current == null ? null : current.view(stream.identity().function());
    if (view != null) {
      stream.offer(view);
    }
    return true;
  }

  private static void makeRoom(AdsStream<?, ?> stream, Set<AdsStream<?, ?>> ofFunction) {
    List<AdsStream<?, ?>> same =
        ofFunction.stream()
            .filter(other -> other.ofSidecar() && other.identity().equals(stream.identity()))
            .<AdsStream<?, ?>>map(other -> other)
            .toList();
    if (same.size() >= STREAMS_PER_WORKLOAD) {
      same.getFirst()
          .close(Status.RESOURCE_EXHAUSTED.withDescription("too many streams of this workload"));
    }
  }

  private static long clients(Set<AdsStream<?, ?>> ofFunction) {
    return ofFunction.stream().filter(stream -> !stream.ofSidecar()).count();
  }

  void remove(AdsStream<?, ?> stream) {
    Map<AdsStream<?, ?>, Boolean> ofFunction = streams.get(stream.identity().function());
    if (ofFunction != null) {
      ofFunction.remove(stream);
    }
    if (!stream.ofSidecar()) {
      return;
    }
    known.computeIfPresent(
        stream.identity(),
        (identity, before) -> {
          SidecarStatus last = stream.status();
          return new SidecarStatus(
              last.node(), last.function(), false, last.ackedRevision(), last.nack(), last.types());
        });
  }

  /**
   * Publishes a store and pushes it to the functions touched. A function that is not in it keeps
   * what it has: its sidecars are about to go, and the fabric has closed its edges.
   *
   * @param wait how long to wait for answers at most
   * @return those that have not taken it, with the reason
   */
  public CompletableFuture<List<Laggard>> publish(
      ResourceStore next, Set<FunctionRef> touched, Duration wait) {
    store = next;
    List<CompletableFuture<Optional<Laggard>>> answers = new ArrayList<>();
    for (FunctionRef function : touched) {
      Map<AdsStream<?, ?>, Boolean> ofFunction = streams.get(function);
      ResourceView view = next.view(function);
      if (ofFunction == null || view == null) {
        continue;
      }
      for (AdsStream<?, ?> stream : ofFunction.keySet()) {
        stream.offer(view);
        if (stream.ofSidecar()) {
          answers.add(bounded(stream, next.revision(), wait));
        }
      }
    }
    // After the offers: who waits for a revision asks the streams next.
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
   * Completes when a workload's client holds all that concerns it of a revision or a later one; at
   * once where it has no stream.
   */
  public CompletableFuture<Void> whenHeld(WorkloadIdentity identity, long revision) {
    return whenPublished(revision).thenCompose(published -> whenSettled(identity));
  }

  private CompletableFuture<Void> whenPublished(long revision) {
    CompletableFuture<Void> published = new CompletableFuture<>();
    awaited.put(published, revision);
    var unused = published.whenComplete((done, error) -> awaited.remove(published));
    completeAwaited();
    return published;
  }

  private void completeAwaited() {
    ResourceStore current = store;
    awaited.forEach(
        (published, revision) -> {
          if (current != null && current.revision() >= revision) {
            published.complete(null);
          }
        });
  }

  private CompletableFuture<Void> whenSettled(WorkloadIdentity identity) {
    return CompletableFuture.allOf(
        streams.getOrDefault(identity.function(), Map.of()).keySet().stream()
            .filter(stream -> stream.identity().equals(identity))
            .map(stream -> stream.whenSettled(stream.offeredRevision()))
            .toArray(CompletableFuture[]::new));
  }

  /** The functions of which a sidecar is connected. */
  public Set<FunctionRef> connected() {
    Set<FunctionRef> functions = new HashSet<>();
    streams.forEach(
        (function, ofFunction) -> {
          if (!ofFunction.isEmpty()) {
            functions.add(function);
          }
        });
    return functions;
  }

  /** Offers the sidecars of some functions what a store has for them, without waiting. */
  public void offer(ResourceStore held, Collection<FunctionRef> functions) {
    for (FunctionRef function : functions) {
      ResourceView view = held.view(function);
      if (view != null) {
        streams.getOrDefault(function, Map.of()).keySet().forEach(stream -> stream.offer(view));
      }
    }
  }

  private static CompletableFuture<Optional<Laggard>> bounded(
      AdsStream<?, ?> stream, long revision, Duration wait) {
    CompletableFuture<Optional<Laggard>> settled = stream.whenSettled(revision);
    // The stream drops the waiter once it is done, however it was completed.
    return settled
        .orTimeout(wait.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (laggard, timeout) ->
                timeout == null
                    ? CompletableFuture.completedFuture(laggard)
                    : stream.laggard().thenApply(Optional::of))
        .thenCompose(answer -> answer);
  }

  /** Every sidecar that may connect, by node. */
  public List<SidecarStatus> sidecars() {
    ResourceStore current = store;
    long revision = current == null ? 0 : current.revision();
    Map<WorkloadIdentity, SidecarStatus> all = new ConcurrentHashMap<>(known);
    for (Map<AdsStream<?, ?>, Boolean> ofFunction : streams.values()) {
      for (AdsStream<?, ?> stream : ofFunction.keySet()) {
        if (stream.ofSidecar()) {
          all.put(stream.identity(), upToDate(stream, revision));
        }
      }
    }
    return all.values().stream().sorted(Comparator.comparing(SidecarStatus::node)).toList();
  }

  /** Every stream of a client that came by TCP, by function and node. */
  public List<SidecarStatus> clients() {
    List<SidecarStatus> all = new ArrayList<>();
    for (Map<AdsStream<?, ?>, Boolean> ofFunction : streams.values()) {
      for (AdsStream<?, ?> stream : ofFunction.keySet()) {
        if (!stream.ofSidecar()) {
          all.add(stream.status());
        }
      }
    }
    all.sort(Comparator.comparing(SidecarStatus::function).thenComparing(SidecarStatus::node));
    return all;
  }

  /**
   * Who has acked the last view made for it is at the current revision: the rest was no concern.
   */
  private static SidecarStatus upToDate(AdsStream<?, ?> stream, long revision) {
    SidecarStatus status = stream.status();
    boolean current =
        status.ackedRevision() > 0 && status.ackedRevision() >= stream.offeredRevision();
    return current
        ? new SidecarStatus(
            status.node(), status.function(), true, revision, status.nack(), status.types())
        : status;
  }
}
