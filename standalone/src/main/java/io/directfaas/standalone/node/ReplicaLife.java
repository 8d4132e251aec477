package io.directfaas.standalone.node;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.function.FunctionProcess;
import io.directfaas.standalone.node.function.FunctionRuntime;
import io.directfaas.standalone.node.names.Names;
import io.directfaas.standalone.node.names.ReplicaNames;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.BoundedLog;
import io.directfaas.standalone.node.sidecar.Sidecar;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica from its network to its end, on a thread of its own; everything that happens to it
 * happens there, in order. The ingress is a replica without a function.
 */
final class ReplicaLife {
  private static final Logger log = LoggerFactory.getLogger(ReplicaLife.class);

  /** How long a function that listens waits for its sidecar before it gets calls without it. */
  private static final Duration SIDECAR_GRACE = Duration.ofSeconds(10);

  /** A function that has not listened for so long has a problem that its user should hear of. */
  private static final Duration MUTE_AFTER = Duration.ofSeconds(5);

  /**
   * A caller that has looked up the name just before it changed comes a moment later: within this
   * time, in which the replica serves as ever. The JVM keeps an answer for a second.
   */
  private static final Duration LAST_CALLERS = Duration.ofSeconds(2);

  private static final Duration TERM_GRACE = Duration.ofSeconds(5);
  private static final Duration REPORT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration FASTEST_LOOK = Duration.ofMillis(10);
  private static final Duration SLOWEST_LOOK = Duration.ofMillis(250);

  /** What all replicas of the node share. */
  record Shared(
      Layout layout,
      String node,
      ReplicaNetwork network,
      Sidecar.Starter sidecars,
      Names names,
      FunctionRuntime runtime,
      SlotAllocator slots,
      Semaphore starts,
      Duration drainGrace,
      ReplicaSink sink) {}

  private final Shared shared;
  private final String id;
  private final FunctionRef ref;
  private final @Nullable FunctionSpec spec;
  private final long generation;
  private final Slot slot;
  private final boolean adopted;
  private final Runnable onChange;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private boolean leaving;
  private boolean abandoned;
  private boolean ended;
  private boolean live;
  private boolean failed;
  private int events;
  private @Nullable String problem;

  // Touched by this life's thread only.
  private @Nullable Sidecar sidecar;
  private @Nullable ReplicaNames names;
  private @Nullable FunctionProcess function;
  private ReplicaState state;
  private long listenedAt = System.nanoTime();

  /**
   * @param spec what to run, or null for the ingress
   * @param known the state in which an earlier JVM left it, or null if it is new
   * @param onChange called whenever {@link #ready}, {@link #problem} or {@link #ended} may have
   */
  ReplicaLife(
      Shared shared,
      String id,
      FunctionRef ref,
      @Nullable FunctionSpec spec,
      long generation,
      Slot slot,
      @Nullable ReplicaState known,
      Runnable onChange) {
    this.shared = shared;
    this.id = id;
    this.ref = ref;
    this.spec = spec;
    this.generation = generation;
    this.slot = slot;
    this.adopted = known != null;
    this.state = known == null ? ReplicaState.STARTING : known;
    this.live = known == ReplicaState.READY;
    this.leaving = known == ReplicaState.DRAINING;
    this.onChange = onChange;
    this.thread = Thread.ofVirtual().name("replica " + id).unstarted(this::run);
  }

  ReplicaLife start() {
    thread.start();
    return this;
  }

  String id() {
    return id;
  }

  long generation() {
    return generation;
  }

  /** Whether it gets calls, everywhere. */
  boolean ready() {
    return guarded(() -> live && !leaving && !ended);
  }

  /** Whether it leaves or has left. */
  boolean leaving() {
    return guarded(() -> leaving || ended);
  }

  boolean ended() {
    return guarded(() -> ended);
  }

  /** Whether it ended because it could not be made. */
  boolean failed() {
    return guarded(() -> failed);
  }

  Optional<String> problem() {
    return Optional.ofNullable(guarded(() -> problem));
  }

  /** It must leave: no new calls, the ones under way may end. */
  void leave() {
    update(() -> leaving = true);
  }

  /** Cares for it no longer and leaves everything as it is. Returns when that is so. */
  void abandon() {
    update(() -> abandoned = true);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      boolean up = begin();
      if (up) {
        serve();
      }
      if (!isAbandoned()) {
        end(up);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("replica {}", id, e);
      update(() -> failed = true);
    } finally {
      if (isAbandoned()) {
        letGo();
      }
      update(() -> ended = true);
      onChange.run();
    }
  }

  /** Network, then sidecar and function side by side. Returns whether all could be begun. */
  private boolean begin() throws InterruptedException {
    long begun = System.nanoTime();
    shared.starts().acquire();
    try {
      Ownership.directory(shared.layout().replicaDir(id), 0, slot.functionUid(), "rwx--x---");
      if (!adopted) {
        shared.network().create(id, slot);
        log.debug("replica {}: network after {} ms", id, millisSince(begun));
        // Its address is known: the fabric opens while the processes start.
        CompletionStage<Long> known = shared.sink().observed(known(ReplicaState.STARTING));
        known.exceptionally(
            refused -> {
              update(() -> leaving = true);
              return -1L;
            });
      }
      sidecar = shared.sidecars().start(id, ref, slot, this::event);
      if (spec != null) {
        names = shared.names().enter(id, ref, slot, this::event);
        function = shared.runtime().start(id, spec, slot, this::event);
      }
      // The next may start when this one's processes have had the processor for a moment.
      long enough = System.nanoTime() + Duration.ofMillis(500).toNanos();
      while (!isReadyNow(false) && System.nanoTime() < enough && !isOver()) {
        awaitEvent(FASTEST_LOOK);
      }
      return true;
    } catch (IOException e) {
      fail(e);
      return false;
    } finally {
      shared.starts().release();
    }
  }

  private void fail(IOException e) {
    log.warn("replica {} of {} could not be started: {}", id, ref, e.getMessage());
    update(
        () -> {
          problem = e.getMessage();
          failed = true;
        });
  }

  /** Watches it and reports what it sees, until it must leave. */
  private void serve() throws InterruptedException {
    Duration look = FASTEST_LOOK;
    long listensSince = 0;
    while (!isOver()) {
      boolean listens = function == null || function.ready();
      if (!listens) {
        listensSince = 0;
      } else if (listensSince == 0) {
        listensSince = System.nanoTime();
      }
      boolean patient = System.nanoTime() - listensSince < SIDECAR_GRACE.toNanos();
      boolean ready = isReadyNow(listens && !patient);
      if (!ready && state == ReplicaState.READY && processesRun()) {
        // Calls depend on it: what runs is looked at twice before it gets none any more.
        awaitEvent(FASTEST_LOOK);
        ready = isReadyNow(listens && !patient);
      }
      noteProblem(listens);
      if (ready != (state == ReplicaState.READY)) {
        report(ready ? ReplicaState.READY : ReplicaState.STARTING);
        look = FASTEST_LOOK;
      } else {
        // Once it serves, only its processes' ends are news, and those are told.
        awaitEvent(ready ? Duration.ofSeconds(5) : look);
        Duration slower = look.multipliedBy(5).dividedBy(4);
        look = slower.compareTo(SLOWEST_LOOK) < 0 ? slower : SLOWEST_LOOK;
      }
    }
  }

  private boolean isReadyNow(boolean withoutSidecar) {
    boolean listens = function == null || function.ready();
    if (names != null && !names.running() && state != ReplicaState.READY) {
      // It could call nobody. Once it serves, it answers its callers all the same.
      return false;
    }
    // The ingress has no outbound listener; what it listens on is its control plane's to say.
    boolean sidecarUp =
        sidecar != null && (spec == null ? sidecar.process().isPresent() : sidecar.ready());
    return listens && (sidecarUp || withoutSidecar);
  }

  private boolean processesRun() {
    return (function == null || function.process().isPresent())
        && sidecar != null
        && sidecar.process().isPresent();
  }

  private void noteProblem(boolean listens) {
    if (listens) {
      listenedAt = System.nanoTime();
    }
    boolean mute = System.nanoTime() - listenedAt > MUTE_AFTER.toNanos();
    Optional<String> found =
        Optional.ofNullable(function)
            .flatMap(FunctionProcess::problem)
            .or(() -> mute ? Optional.of(mute()) : Optional.empty())
            .or(() -> Optional.ofNullable(sidecar).flatMap(Sidecar::problem))
            .or(() -> Optional.ofNullable(names).flatMap(ReplicaNames::problem));
    if (!found.equals(problem())) {
      update(() -> problem = found.orElse(null));
      onChange.run();
    }
  }

  private String mute() {
    return "runs but does not listen on port "
        + FunctionProcess.PORT
        + BoundedLog.lastLine(shared.layout().functionLog(id)).map(line -> ": " + line).orElse("");
  }

  /** Drains it and removes it. */
  private void end(boolean up) throws InterruptedException {
    if (up) {
      report(ReplicaState.DRAINING);
      long begun = System.nanoTime();
      long deadline = begun + shared.drainGrace().toNanos();
      while (function != null
          && (function.connections() > 0 || System.nanoTime() - begun < LAST_CALLERS.toNanos())
          && function.process().isPresent()
          && System.nanoTime() < deadline
          && !isAbandoned()) {
        Thread.sleep(50);
      }
      if (isAbandoned()) {
        return;
      }
    }
    if (function != null) {
      function.stop(TERM_GRACE);
    }
    if (sidecar != null) {
      sidecar.stop();
    }
    if (names != null) {
      names.stop();
    }
    try {
      shared.network().delete(id, slot);
      shared.runtime().clean(id);
      Cleanup.deleteTree(shared.layout().sidecarDir(id));
      Cleanup.deleteTree(shared.layout().namesDir(id));
      Cleanup.deleteTree(shared.layout().replicaDir(id));
    } catch (IOException e) {
      // Its rest is not known to anybody any more and goes with the next sweep.
      log.warn("replica {} could not be removed: {}", id, e.getMessage());
    }
    await(shared.sink().gone(id));
    shared.slots().giveBack(slot);
  }

  private void letGo() {
    if (function != null) {
      function.close();
      shared.runtime().forget(id);
    }
    if (sidecar != null) {
      sidecar.close();
    }
    if (names != null) {
      names.close();
    }
  }

  /** Tells the graph, and waits until it is so everywhere, if that does not take for ever. */
  private void report(ReplicaState next) throws InterruptedException {
    if (next != ReplicaState.READY) {
      update(() -> live = false);
    }
    boolean done = await(shared.sink().observed(known(next)));
    state = next;
    if (next == ReplicaState.READY && done) {
      update(() -> live = true);
    }
    onChange.run();
  }

  /** Returns whether it succeeded; a refusal means that the function is not wanted any more. */
  private boolean await(CompletionStage<Long> revision) throws InterruptedException {
    try {
      revision.toCompletableFuture().get(REPORT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      log.info(
          "replica {} of {}: {}", id, ref, e.getCause() == null ? e : e.getCause().getMessage());
      update(() -> leaving = true);
      return false;
    } catch (TimeoutException e) {
      log.warn("replica {} of {}: the graph's change is not live yet", id, ref);
      return true;
    }
  }

  private KnownReplica known(ReplicaState reported) {
    return new KnownReplica(
        new Replica(id, ref, slot.ip(), slot.mac(), FunctionProcess.PORT, shared.node(), reported),
        generation);
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  // --- events

  private void event() {
    update(() -> {});
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      events++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Counts the events this life's thread has looked at. */
  private int seen;

  private void awaitEvent(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long left = atMost.toNanos();
      while (events == seen && left > 0) {
        left = changed.awaitNanos(left);
      }
      seen = events;
    } finally {
      lock.unlock();
    }
  }

  private boolean isOver() {
    return guarded(() -> leaving || abandoned);
  }

  private boolean isAbandoned() {
    return guarded(() -> abandoned);
  }

  private <T extends @Nullable Object> T guarded(Supplier<T> read) {
    lock.lock();
    try {
      return read.get();
    } finally {
      lock.unlock();
    }
  }
}
