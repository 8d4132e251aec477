package io.directfaas.gateway.load;

import io.directfaas.gateway.function.InvocationCounts;
import io.directfaas.gateway.load.CallLedger.Changes;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.store.StoreException;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts calls that nobody here has seen: takes the words of those who have, and acks them when
 * they are on disk. What comes while a write is under way goes into the next one, so that a hundred
 * reports cost one commit.
 */
public final class CallCounts implements InvocationCounts, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CallCounts.class);
  private static final Duration SWEEP = Duration.ofSeconds(20);

  /** A source that is gone may have a last word on its way. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(60);

  private final CountStore store;
  private final Supplier<GraphState> graph;
  private final ScheduledExecutorService writer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("call-counts").factory());

  /** Raised under the lock, when counts have changed. */
  private final AtomicLong version = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private final CallLedger ledger = new CallLedger();
  private List<CompletableFuture<Void>> unstored = new ArrayList<>();
  private boolean writeDue;

  /**
   * @param file where the counts are kept
   * @param graph says which replicas and functions there are
   */
  public CallCounts(Path file, Supplier<GraphState> graph) {
    this.store = CountStore.open(file);
    this.graph = graph;
    store.load(ledger, System.nanoTime());
    var unused =
        writer.scheduleWithFixedDelay(
            this::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Completes when the counts are on disk. */
  CompletionStage<Void> take(List<SourceCalls> said) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    if (said.isEmpty()) {
      stored.complete(null);
      return stored;
    }
    lock.lock();
    try {
      long now = System.nanoTime();
      said.forEach(calls -> ledger.take(calls, now));
      version.incrementAndGet();
      unstored.add(stored);
      if (!writeDue) {
        writeDue = true;
        writer.execute(this::write);
      }
    } catch (RejectedExecutionException e) {
      stored.completeExceptionally(e);
    } finally {
      lock.unlock();
    }
    return stored;
  }

  private void write() {
    Changes changes;
    List<CompletableFuture<Void>> waiting;
    lock.lock();
    try {
      writeDue = false;
      changes = ledger.changes();
      waiting = unstored;
      unstored = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    try {
      if (!changes.isEmpty()) {
        store.write(changes);
      }
      waiting.forEach(stored -> stored.complete(null));
    } catch (StoreException e) {
      log.error("calls are counted but not stored", e);
      lock.lock();
      try {
        ledger.notStored(changes);
      } finally {
        lock.unlock();
      }
      waiting.forEach(stored -> stored.completeExceptionally(e));
    }
  }

  private void sweep() {
    try {
      GraphState state = graph.get();
      lock.lock();
      try {
        ledger.sweep(
            replica -> state.graph().replica(replica).isEmpty(),
            function -> state.function(function).isPresent(),
            System.nanoTime() - LAST_WORDS.toNanos());
        version.incrementAndGet();
      } finally {
        lock.unlock();
      }
      write();
    } catch (RuntimeException e) {
      log.error("counts could not be tidied up", e);
    }
  }

  /** All calls of a function since its name was first deployed. */
  public FunctionCalls total(FunctionRef function) {
    return asked(() -> ledger.total(function));
  }

  /** How many calls of a function have begun since its name was first deployed. */
  public long started(FunctionRef function) {
    return asked(() -> ledger.started(function));
  }

  /** How many calls of the function are under way, as far as is known. */
  public long inFlight(FunctionRef function) {
    return asked(() -> ledger.inFlight(function));
  }

  @Override
  public long of(FunctionRef function) {
    return asked(() -> ledger.completed(function));
  }

  @Override
  public long version() {
    return version.get();
  }

  @Override
  public long[] of(List<FunctionRef> functions) {
    return asked(() -> functions.stream().mapToLong(ledger::completed).toArray());
  }

  private <T> T asked(Supplier<T> ledgersAnswer) {
    lock.lock();
    try {
      return ledgersAnswer.get();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what is left and lets go of the file. */
  @Override
  public void close() {
    try {
      writer.submit(this::write).get();
    } catch (RejectedExecutionException | java.util.concurrent.ExecutionException e) {
      log.warn("the last counts are not stored", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writer.shutdown();
    store.close();
  }
}
