package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.FabricSubscriber;
import io.directfaas.sdn.openflow.FlowDump;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.pipeline.Port;
import io.directfaas.sdn.pipeline.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one switch right: whatever changes (the graph, the ports, the session) or does not (the
 * audit), one thread compares what the switch holds with what is wanted and commits the difference.
 *
 * <p>One thread does all the work; the lock guards only what others hand to it or read from it.
 */
public final class FabricSync implements FabricSubscriber, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FabricSync.class);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  private final SyncConfig config;
  private final SwitchConnection connection;
  private final PortWatch portWatch;
  private final Wakeup wakeup;
  private final Thread worker;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private RetainedGraphs graphs = RetainedGraphs.NONE;
  private final List<Waiter> waiters = new ArrayList<>();
  private String dpid = "";
  private long syncedRevision;
  private int standingFlows;
  private Set<String> waitingForPort = Set.of();
  private Set<String> ambiguousAddresses = Set.of();
  private String lastError = "";
  private FabricStatus.Counters counters = new FabricStatus.Counters(0, 0, 0, 0, 0, 0, 0);

  // The worker's own.
  private final WantedFlows.Compiler compiler = new WantedFlows.Compiler();
  private @Nullable Basis lastGood;
  private long nextAudit = System.nanoTime();
  private long nextRetry = System.nanoTime();
  private long pause = FIRST_PAUSE_NANOS;

  private volatile boolean closing;

  /** What a run was based on; while none of it changes, only the audit needs to look again. */
  private record Basis(RetainedGraphs graphs, Map<String, Port> ports, OpenFlowSession session) {
    boolean same(@Nullable Basis other) {
      return other != null
          && graphs == other.graphs
          && ports.equals(other.ports)
          && session == other.session;
    }
  }

  /**
   * A stage under way.
   *
   * @param replicas whose ports it waits for until {@code portDeadline}
   */
  private record Waiter(
      CompletableFuture<@Nullable Void> done,
      Set<String> replicas,
      long portDeadline,
      long switchDeadline) {}

  /**
   * @param wakeup what connection and port watch signal their changes to
   */
  public FabricSync(
      SyncConfig config, SwitchConnection connection, PortWatch portWatch, Wakeup wakeup) {
    this.config = config;
    this.connection = connection;
    this.portWatch = portWatch;
    this.wakeup = wakeup;
    this.worker = Thread.ofVirtual().name("fabric-sync").unstarted(this::work);
  }

  public void start() {
    worker.start();
  }

  @Override
  public CompletionStage<?> prepare(Graph target) {
    lock.lock();
    try {
      Set<String> brought = new HashSet<>(target.replicas().keySet());
      graphs.oldestFirst().forEach(g -> brought.removeAll(g.replicas().keySet()));
      graphs = graphs.with(target);
      return enqueue(brought);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public CompletionStage<?> retire(long revision) {
    lock.lock();
    try {
      graphs = graphs.retired(revision);
      return enqueue(Set.of());
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      lock.unlock();
    }
  }

  private CompletionStage<?> enqueue(Set<String> replicas) {
    long now = System.nanoTime();
    Waiter waiter =
        new Waiter(
            new CompletableFuture<>(),
            Set.copyOf(replicas),
            now + config.portWait().toNanos(),
            now + config.switchWait().toNanos());
    waiters.add(waiter);
    wakeup.signal();
    return waiter.done();
  }

  public FabricStatus status() {
    lock.lock();
    try {
      String problem = firstOf(connection.lastError(), portWatch.lastError(), lastError);
      return new FabricStatus(
          dpid,
          connection.session().isPresent(),
          portWatch.connected(),
          syncedRevision,
          standingFlows,
          portWatch.ports().orElse(Map.of()),
          waitingForPort,
          ambiguousAddresses,
          problem,
          counters);
    } finally {
      lock.unlock();
    }
  }

  /** The graphs carried at present, oldest first. */
  public List<Graph> carried() {
    lock.lock();
    try {
      return graphs.oldestFirst();
    } finally {
      lock.unlock();
    }
  }

  /**
   * What stands in some tables now, with counters, straight from the switch.
   *
   * @throws OpenFlowException if the switch is away or does not answer
   */
  public List<ObservedFlow> observe(List<Table> tables)
      throws OpenFlowException, InterruptedException {
    OpenFlowSession session =
        connection.session().orElseThrow(() -> new OpenFlowException(connection.lastError()));
    List<ObservedFlow> found = new ArrayList<>();
    for (Table table : tables) {
      FlowDump dump = session.dumpFlows(table.id());
      dump.entries().forEach(entry -> found.add(ObservedFlow.of(table, entry)));
    }
    return found;
  }

  private void work() {
    while (!closing) {
      long seen = wakeup.current();
      try {
        wakeup.await(seen, step());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Does what there is to do, and says after how many nanoseconds to look again at the latest. */
  private long step() throws InterruptedException {
    List<Waiter> covered;
    RetainedGraphs wantedGraphs;
    lock.lock();
    try {
      covered = List.copyOf(waiters);
      wantedGraphs = graphs;
    } finally {
      lock.unlock();
    }
    if (wantedGraphs.isEmpty()) {
      return IDLE_NANOS;
    }
    OpenFlowSession session = connection.session().orElse(null);
    Map<String, Port> ports = portWatch.ports().orElse(null);
    if (session == null || ports == null) {
      // Without the ports nothing can be told right from wrong: leave the switch as it is.
      String why = session == null ? connection.lastError() : portWatch.lastError();
      return expire(covered, why);
    }
    Basis basis = new Basis(wantedGraphs, ports, session);
    long now = System.nanoTime();
    boolean changed = !basis.same(lastGood);
    if (changed ? now - nextRetry < 0 && covered.isEmpty() : now - nextAudit < 0) {
      long next = changed ? nextRetry : nextAudit;
      return Math.min(Wakeup.nanosUntil(next), release(covered, ports));
    }
    try {
      run(basis, now);
    } catch (OpenFlowException | RuntimeException e) {
      if (e instanceof RuntimeException) {
        log.error("unexpected failure while keeping the switch right", e);
      }
      lastGood = null;
      failed(covered, String.valueOf(e.getMessage()));
      nextRetry = System.nanoTime() + pause;
      long wait = pause;
      pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
      return wait;
    }
    return Math.min(Wakeup.nanosUntil(nextAudit), release(covered, ports));
  }

  private void run(Basis basis, long started) throws OpenFlowException, InterruptedException {
    WantedFlows wanted = compiler.compile(basis.graphs(), basis.ports());
    lock.lock();
    try {
      dpid = basis.session().dpid().toString();
      waitingForPort = wanted.waitingForPort();
      ambiguousAddresses = wanted.ambiguousAddresses();
    } finally {
      lock.unlock();
    }
    Reconciler.Outcome outcome =
        new Reconciler(basis.session()).run(wanted.flows(), !basis.graphs().hasRetired());
    long took = System.nanoTime() - started;
    lastGood = basis;
    nextAudit = System.nanoTime() + config.auditInterval().toNanos();
    pause = FIRST_PAUSE_NANOS;
    lock.lock();
    try {
      syncedRevision = basis.graphs().newest().map(Graph::revision).orElse(0L);
      standingFlows = outcome.standing();
      lastError = "";
      counters =
          new FabricStatus.Counters(
              counters.syncs() + 1,
              counters.failedSyncs(),
              counters.flowsWritten() + outcome.added(),
              counters.flowsDeleted() + outcome.deleted(),
              counters.foreignFlowsRemoved() + outcome.foreign(),
              counters.syncNanos() + took,
              basis.session().unparsedMessages());
    } finally {
      lock.unlock();
    }
    if (outcome.foreign() > 0) {
      log.warn("removed {} foreign flow(s) from the switch", outcome.foreign());
    }
    if (outcome.added() + outcome.deleted() > 0) {
      log.info(
          "revision {}: {} flows written, {} deleted, {} standing, {} ms",
          basis.graphs().newest().map(Graph::revision).orElse(0L),
          outcome.added(),
          outcome.deleted(),
          outcome.standing(),
          TimeUnit.NANOSECONDS.toMillis(took));
    }
  }

  /** Completes the stages that have what they wait for; says when to look at the others again. */
  private long release(List<Waiter> covered, Map<String, Port> ports) {
    long now = System.nanoTime();
    long next = IDLE_NANOS;
    List<Waiter> finished = new ArrayList<>();
    for (Waiter waiter : covered) {
      boolean plugged = ports.keySet().containsAll(waiter.replicas());
      if (plugged || now - waiter.portDeadline() >= 0) {
        finished.add(waiter);
      } else {
        next = Math.min(next, waiter.portDeadline() - now);
      }
    }
    remove(finished);
    finished.forEach(waiter -> waiter.done().complete(null));
    return next;
  }

  /** Fails the stages that have waited for the switch long enough. */
  private long expire(List<Waiter> covered, String why) {
    long now = System.nanoTime();
    long next = IDLE_NANOS;
    List<Waiter> finished = new ArrayList<>();
    for (Waiter waiter : covered) {
      if (now - waiter.switchDeadline() >= 0) {
        finished.add(waiter);
      } else {
        next = Math.min(next, waiter.switchDeadline() - now);
      }
    }
    remove(finished);
    finished.forEach(w -> w.done().completeExceptionally(new OpenFlowException(why)));
    return next;
  }

  private void failed(List<Waiter> finished, String why) {
    lock.lock();
    try {
      if (!why.equals(lastError)) {
        log.warn("the switch is not right: {}", why);
      }
      lastError = why;
      counters =
          new FabricStatus.Counters(
              counters.syncs(),
              counters.failedSyncs() + 1,
              counters.flowsWritten(),
              counters.flowsDeleted(),
              counters.foreignFlowsRemoved(),
              counters.syncNanos(),
              counters.unparsedMessages());
    } finally {
      lock.unlock();
    }
    remove(finished);
    finished.forEach(w -> w.done().completeExceptionally(new OpenFlowException(why)));
  }

  private void remove(List<Waiter> finished) {
    if (finished.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      waiters.removeAll(finished);
    } finally {
      lock.unlock();
    }
  }

  private static String firstOf(String... problems) {
    for (String problem : problems) {
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return "";
  }

  /** Stops working. The switch is left as it is: its flows go on without us. */
  @Override
  public void close() {
    closing = true;
    worker.interrupt();
    try {
      worker.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
