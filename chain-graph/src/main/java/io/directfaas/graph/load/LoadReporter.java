package io.directfaas.graph.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.SourceCalls.Source;
import io.directfaas.graph.v1.LoadAck;
import io.directfaas.graph.v1.LoadReportsGrpc;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the owner of the graph of calls, for as long as it is not closed: once per interval what
 * changed, and again after a break what was not acked. Memory is bounded by the number of sources,
 * however long the owner is away: a source's newer word replaces its older one.
 *
 * <p>All state belongs to one thread; public methods may be called from any.
 */
public final class LoadReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LoadReporter.class);

  /** Keeps a message below 4 MiB with some hundred functions and codes per source. */
  private static final int SOURCES_PER_REPORT = 64;

  private final String name;
  private final Channel channel;
  private final Supplier<List<EdgeLoad>> loads;
  private final Supplier<Set<FunctionRef>> busy;
  private final ScheduledExecutorService loop;

  private final Map<Source, SourceCalls> pending = new LinkedHashMap<>();
  private Map<Source, SourceCalls> unacked = Map.of();
  private final Map<Source, List<CompletableFuture<Void>>> waiting = new LinkedHashMap<>();
  private @Nullable StreamObserver<io.directfaas.graph.v1.LoadReport> stream;
  private long streamNumber;
  private long sequence;
  private boolean outstanding;
  private boolean reached;

  /**
   * @param name stable across restarts
   * @param loads the load of every edge that has any, asked for once per report
   */
  public LoadReporter(
      String name, Channel channel, Duration interval, Supplier<List<EdgeLoad>> loads) {
    this(name, channel, interval, loads, Set::of);
  }

  /**
   * @param name stable across restarts
   * @param loads the load of every edge that has any, asked for once per report
   * @param busy the functions that carry traffic, asked for once per report
   */
  public LoadReporter(
      String name,
      Channel channel,
      Duration interval,
      Supplier<List<EdgeLoad>> loads,
      Supplier<Set<FunctionRef>> busy) {
    this.name = name;
    this.channel = channel;
    this.loads = loads;
    this.busy = busy;
    this.loop =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("load-report-" + name).factory());
    var unused =
        loop.scheduleWithFixedDelay(
            this::tick, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The newest word of a source. Returns at once. */
  public void report(SourceCalls calls) {
    run(() -> pending.put(calls.source(), calls));
  }

  /** Completes when all that was reported of a source before is stored by the owner. */
  public CompletableFuture<Void> whenStored(Source source) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    run(
        () -> {
          if (pending.containsKey(source) || unacked.containsKey(source)) {
            waiting.computeIfAbsent(source, s -> new ArrayList<>()).add(stored);
          } else {
            stored.complete(null);
          }
        });
    return stored;
  }

  @Override
  public void close() {
    run(
        () -> {
          if (stream != null) {
            stream.onCompleted();
          }
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
              log.error("{}: a step of the load reports failed", name, e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("closed meanwhile", e);
    }
  }

  /** Never throws, or it would not be called again. */
  private void tick() {
    try {
      if (stream == null) {
        connect();
      }
      if (!outstanding) {
        send();
      }
    } catch (RuntimeException e) {
      log.error("{}: a load report failed", name, e);
      lost(streamNumber, e.toString());
    }
  }

  private void connect() {
    long number = ++streamNumber;
    stream = LoadReportsGrpc.newStub(channel).withWaitForReady().report(new Acks(number));
  }

  private void send() {
    StreamObserver<io.directfaas.graph.v1.LoadReport> to = stream;
    if (to == null) {
      return;
    }
    Map<Source, SourceCalls> chosen = new LinkedHashMap<>();
    pending.values().stream()
        .limit(SOURCES_PER_REPORT)
        .forEach(calls -> chosen.put(calls.source(), calls));
    chosen.keySet().forEach(pending::remove);
    unacked = chosen;
    outstanding = true;
    LoadReport report = new LoadReport(new ArrayList<>(chosen.values()), loads.get(), busy.get());
    to.onNext(LoadWire.toProto(name, ++sequence, report));
  }

  private void acked(long number, LoadAck ack) {
    if (number != streamNumber || ack.getSequence() != sequence) {
      return;
    }
    reached = true;
    outstanding = false;
    Map<Source, SourceCalls> stored = unacked;
    unacked = Map.of();
    for (Source source : stored.keySet()) {
      if (!pending.containsKey(source)) {
        List<CompletableFuture<Void>> waiters = waiting.remove(source);
        if (waiters != null) {
          // Their continuations are other people's code and must not run on the loop.
          waiters.forEach(waiter -> waiter.completeAsync(() -> null));
        }
      }
    }
    if (!pending.isEmpty()) {
      send();
    }
  }

  private void lost(long number, String why) {
    if (number != streamNumber) {
      return;
    }
    if (reached) {
      log.info("{}: lost the taker of load reports: {}", name, why);
    }
    reached = false;
    outstanding = false;
    stream = null;
    streamNumber++;
    unacked.forEach(pending::putIfAbsent);
    unacked = Map.of();
  }

  private final class Acks implements StreamObserver<LoadAck> {
    private final long number;

    Acks(long number) {
      this.number = number;
    }

    @Override
    public void onNext(LoadAck ack) {
      run(() -> acked(number, ack));
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
