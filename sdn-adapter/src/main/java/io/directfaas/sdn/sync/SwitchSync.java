package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.openflow.FlowDump;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.openflow.PortLinks;
import io.directfaas.sdn.openflow.Role;
import io.directfaas.sdn.openflow.SwitchLink;
import io.directfaas.sdn.openflow.SwitchRefusedException;
import io.directfaas.sdn.ovsdb.BridgeView;
import io.directfaas.sdn.ovsdb.PortIdentity;
import io.directfaas.sdn.ovsdb.PortSource;
import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Port;
import io.directfaas.sdn.pipeline.Site;
import io.directfaas.sdn.pipeline.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.projectfloodlight.openflow.protocol.OFMeterStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one switch right: whatever changes (the graph, the ports, the session) or does not (the
 * audit), one thread compares what the switch holds with what is wanted and commits the difference.
 *
 * <p>One thread does all the work; the lock guards only what others hand to it or read from it.
 */
public final class SwitchSync implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwitchSync.class);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  private final String node;
  private final SyncConfig config;
  private final SwitchLink link;
  private final PortSource portSource;
  private final Wakeup wakeup;
  private final Supplier<Map<String, Ipv4>> nodeAddresses;
  private final Leadership leadership;
  private final Thread worker;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private Target target = Target.NOTHING;
  private final List<Waiter> waiters = new ArrayList<>();
  private String dpid = "";
  private long syncedRevision;
  private int standingFlows;
  private Compiled carried = Compiled.NOTHING;
  private Map<String, Port> ports = Map.of();
  private String lastError = "";
  private SwitchStatus.Counters counters = SwitchStatus.Counters.ZERO;

  // The worker's own.
  private final Compiler compiler = new Compiler();
  private @Nullable Basis lastGood;
  private long nextAudit = System.nanoTime();
  private long nextRetry = System.nanoTime();
  private long pause = FIRST_PAUSE_NANOS;
  private boolean away = true;
  private long shownEpoch;

  private volatile long awaySince = System.nanoTime();
  private @Nullable OpenFlowSession listening;
  private @Nullable OpenFlowSession linked;
  // What lastGood came to; null when it is not certain to stand.
  private @Nullable WantedFlows lastWanted;
  private boolean advanced;

  private volatile Telemetry telemetry = new Telemetry();
  private volatile boolean closing;

  /** What a run was based on; while none of it changes, only the audit needs to look again. */
  private record Basis(Target target, Site site, OpenFlowSession session) {
    boolean same(@Nullable Basis other) {
      return other != null
          && target.equals(other.target)
          && site.equals(other.site)
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
   * @param node the node whose switch it is; empty where there is only one
   * @param wakeup what link and port watch signal their changes to
   */
  public SwitchSync(
      String node, SyncConfig config, SwitchLink link, PortSource portSource, Wakeup wakeup) {
    this(node, config, link, portSource, wakeup, Map::of, Leadership.ALONE);
  }

  /**
   * @param nodeAddresses the tunnel addresses of all nodes, as they are now; when they change,
   *     wakeup must be signalled
   * @param leadership whether this adapter is the one that writes; when it changes, wakeup must be
   *     signalled
   */
  public SwitchSync(
      String node,
      SyncConfig config,
      SwitchLink link,
      PortSource portSource,
      Wakeup wakeup,
      Supplier<Map<String, Ipv4>> nodeAddresses,
      Leadership leadership) {
    this.node = node;
    this.config = config;
    this.link = link;
    this.portSource = portSource;
    this.wakeup = wakeup;
    this.nodeAddresses = nodeAddresses;
    this.leadership = leadership;
    this.worker = Thread.ofVirtual().name("switch-sync-" + node).unstarted(this::work);
  }

  void start() {
    worker.start();
  }

  /** Where from now on is told what happens here. */
  void tell(Telemetry listener) {
    telemetry = listener;
  }

  /** The node whose switch it is; empty where there is only one. */
  public String node() {
    return node;
  }

  /** For people: the node, or what is known of the switch. */
  String name() {
    lock.lock();
    try {
      return node.isEmpty() ? dpid : node;
    } finally {
      lock.unlock();
    }
  }

  /** From now on the switch is to carry this; no one waits for it. */
  void aim(Target wanted) {
    lock.lock();
    try {
      target = wanted;
    } finally {
      lock.unlock();
    }
    wakeup.signal();
  }

  /**
   * From now on the switch is to carry this. Completes after its barrier, once the replicas that
   * the newest graph brings are plugged in or have been waited for long enough; exceptionally, if
   * the switch stays away or refuses.
   */
  CompletableFuture<@Nullable Void> carry(Target wanted) {
    lock.lock();
    try {
      Set<String> brought =
          wanted.grants() == Target.Grants.EVERYWHERE ? wanted.newReplicas(node) : Set.of();
      target = wanted;
      long now = System.nanoTime();
      Waiter waiter =
          new Waiter(
              new CompletableFuture<>(),
              brought,
              now + config.portWait().toNanos(),
              now + config.switchWait().toNanos());
      waiters.add(waiter);
      return waiter.done();
    } finally {
      lock.unlock();
      wakeup.signal();
    }
  }

  /** For how long there has been no session; 0 while there is one. */
  long nanosAway() {
    return link.session().isPresent() ? 0 : System.nanoTime() - awaySince;
  }

  public SwitchStatus status() {
    lock.lock();
    try {
      String problem = firstOf(link.lastError(), portSource.lastError(), lastError, siteProblem());
      return new SwitchStatus(
          node,
          dpid,
          link.session().isPresent(),
          link.session().map(OpenFlowSession::role).orElse(Role.EQUAL).word(),
          portSource.connected(),
          syncedRevision,
          standingFlows,
          ports,
          withoutLink(),
          carried.waitingForPort(),
          carried.ambiguousAddresses(),
          problem,
          counters);
    } finally {
      lock.unlock();
    }
  }

  /** The replicas that are plugged in, but whose port carries nothing. Called under the lock. */
  private Set<String> withoutLink() {
    Set<Integer> down = link.session().map(session -> session.links().down()).orElse(Set.of());
    Set<String> replicas = new TreeSet<>();
    ports.forEach(
        (replica, port) -> {
          if (down.contains(port.number())) {
            replicas.add(replica);
          }
        });
    return replicas;
  }

  /**
   * What stands in some tables now, with counters, straight from the switch.
   *
   * @throws OpenFlowException if the switch is away or does not answer
   */
  public List<ObservedFlow> observe(List<Table> tables)
      throws OpenFlowException, InterruptedException {
    OpenFlowSession session =
        link.session().orElseThrow(() -> new OpenFlowException(link.lastError()));
    List<ObservedFlow> found = new ArrayList<>();
    for (Table table : tables) {
      FlowDump dump = session.dumpFlows(table.id());
      dump.entries().forEach(entry -> found.add(ObservedFlow.of(table, entry)));
    }
    return found;
  }

  /**
   * What the meters have counted, straight from the switch.
   *
   * @throws OpenFlowException if the switch is away or does not answer
   */
  public List<OFMeterStats> observeMeters() throws OpenFlowException, InterruptedException {
    return link.session()
        .orElseThrow(() -> new OpenFlowException(link.lastError()))
        .meterCounters();
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
    Target wanted;
    lock.lock();
    try {
      covered = List.copyOf(waiters);
      wanted = target;
    } finally {
      lock.unlock();
    }
    OpenFlowSession session = link.session().orElse(null);
    if (session != null) {
      away = false;
    } else if (!away) {
      away = true;
      awaySince = System.nanoTime();
    }
    if (session != null) {
      try {
        if (linked != session) {
          session.followLinks(wakeup::signal);
          linked = session;
        }
        if (leadership.contested() && !mayWrite(session)) {
          return expire(covered, "another adapter holds the lease");
        }
      } catch (OpenFlowException e) {
        return lost(covered, String.valueOf(e.getMessage()));
      }
    }
    if (wanted.graphs().isEmpty()) {
      return IDLE_NANOS;
    }
    BridgeView bridge = portSource.bridge().orElse(null);
    if (session == null || bridge == null) {
      // Without the ports nothing can be told right from wrong: leave the switch as it is.
      String why = session == null ? link.lastError() : portSource.lastError();
      return expire(covered, why);
    }
    Site site = site(bridge, wanted, session.links());
    Map<String, Port> ports = site.ports();
    Basis basis = new Basis(wanted, site, session);
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
      return lost(covered, String.valueOf(e.getMessage()));
    }
    return Math.min(Wakeup.nanosUntil(nextAudit), release(covered, ports));
  }

  private long lost(List<Waiter> covered, String why) {
    lastGood = null;
    failed(covered, why);
    nextRetry = System.nanoTime() + pause;
    long wait = pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
    return wait;
  }

  /**
   * Takes the role that the lease gives. A switch that has been shown a newer epoch refuses, and
   * then nothing is written, although a session without a role could.
   */
  private boolean mayWrite(OpenFlowSession session) throws OpenFlowException, InterruptedException {
    OptionalLong epoch = leadership.epoch();
    if (epoch.isEmpty()) {
      if (session.role() != Role.SLAVE) {
        session.become(Role.SLAVE, session.generation());
      }
      return false;
    }
    if (session.role() != Role.MASTER || epoch.getAsLong() != shownEpoch) {
      try {
        session.become(Role.MASTER, epoch.getAsLong());
      } catch (SwitchRefusedException e) {
        throw e.isStale()
            ? new OpenFlowException(
                "the switch has a newer master; this adapter's lease, epoch "
                    + epoch.getAsLong()
                    + ", is over")
            : e;
      }
      shownEpoch = epoch.getAsLong();
      // Another one may have written since this one did.
      lastGood = null;
      lastWanted = null;
    }
    return true;
  }

  /** A port that the switch has deleted is none, though the database may not say so yet. */
  private Site site(BridgeView bridge, Target wanted, PortLinks links) {
    Map<String, Port> found = PortIdentity.resolve(bridge.claims(), wanted.graphs().oldestFirst());
    if (!links.gone().isEmpty()) {
      found = new HashMap<>(found);
      found.values().removeIf(port -> links.gone().contains(port.number()));
    }
    return node.isEmpty()
        ? Site.only(found)
        : new Site(node, found, bridge.tunnelPort(), nodeAddresses.get());
  }

  /** What keeps nothing from being written, but is not as it should be. Called under the lock. */
  private String siteProblem() {
    List<String> problems =
        new ArrayList<>(portSource.bridge().map(BridgeView::problems).orElse(List.of()));
    Set<String> unknownNodes = carried.unknownNodes();
    if (!unknownNodes.isEmpty()) {
      problems.add("no way to node " + String.join(", ", unknownNodes));
    }
    return String.join("; ", problems);
  }

  private void run(Basis basis, long started) throws OpenFlowException, InterruptedException {
    if (basis.same(lastGood)) {
      // Nothing has changed: this is the audit, of our own arithmetic, too.
      compiler.verify(basis.target(), basis.site());
    }
    // Reading takes the switch as long as compiling takes us, when there is much.
    FutureTask<Standing> reading =
        knowsWhatStands(basis) ? null : new FutureTask<>(() -> Standing.read(basis.session()));
    if (reading != null) {
      Thread.ofVirtual().name("switch-read-" + node).start(reading);
    }
    WantedFlows wanted = compiler.compile(basis.target(), basis.site());
    lock.lock();
    try {
      dpid = basis.session().dpid().toString();
      ports = basis.site().ports();
      carried = wanted.newest();
    } finally {
      lock.unlock();
    }
    if (listening != basis.session()) {
      basis.session().receivePackets(packet -> telemetry.packet(packet));
      listening = basis.session();
    }
    Reconciler.Outcome outcome = bring(basis, wanted, reading);
    long took = System.nanoTime() - started;
    telemetry.syncs().record(took);
    if (outcome.bundleNanos() > 0) {
      telemetry.bundles().record(outcome.bundleNanos());
    }
    if (lastGood == null || basis.same(lastGood)) {
      telemetry.orphansRemoved(outcome.oursDeleted());
    }
    lastGood = basis;
    // Nothing can be built on what the switch could not do.
    lastWanted = outcome.problem().isEmpty() ? wanted : null;
    if (!advanced) {
      nextAudit = System.nanoTime() + config.auditInterval().toNanos();
    }
    pause = FIRST_PAUSE_NANOS;
    lock.lock();
    try {
      if (basis.target().grants() == Target.Grants.EVERYWHERE) {
        syncedRevision = basis.target().graphs().newest().map(Graph::revision).orElse(0L);
      }
      standingFlows = outcome.standing();
      lastError = outcome.problem();
      counters =
          new SwitchStatus.Counters(
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
      log.warn("removed {} foreign flow(s) from switch {}", outcome.foreign(), name());
    }
    if (outcome.added() + outcome.deleted() > 0) {
      log.info(
          "switch {}, revision {}: {} flows written, {} deleted, {} standing, {} ms",
          basis.session().dpid(),
          basis.target().graphs().newest().map(Graph::revision).orElse(0L),
          outcome.added(),
          outcome.deleted(),
          outcome.standing(),
          TimeUnit.NANOSECONDS.toMillis(took));
    }
  }

  /** Whether the last run for this session has left there what it was told, and no audit is due. */
  private boolean knowsWhatStands(Basis basis) {
    Basis before = lastGood;
    return before != null
        && lastWanted != null
        && before.session() == basis.session()
        && !before.target().keepsUnknown()
        && !basis.target().keepsUnknown()
        && !basis.same(before)
        && System.nanoTime() - nextAudit < 0;
  }

  /** Compares with what stands there, unless that is known and only flows have changed. */
  private Reconciler.Outcome bring(
      Basis basis, WantedFlows wanted, @Nullable FutureTask<Standing> reading)
      throws OpenFlowException, InterruptedException {
    Reconciler reconciler = new Reconciler(basis.session());
    WantedFlows before = lastWanted;
    advanced = reading == null && before != null && before.meters().equals(wanted.meters());
    if (advanced && before != null) {
      return reconciler.advance(before, wanted);
    }
    Standing standing = reading == null ? Standing.read(basis.session()) : result(reading);
    return reconciler.run(standing, wanted.flows(), wanted.meters(), basis.target().keepsUnknown());
  }

  private static Standing result(FutureTask<Standing> reading)
      throws OpenFlowException, InterruptedException {
    try {
      return reading.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OpenFlowException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
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
        log.warn("switch {} is not right: {}", name(), why);
      }
      lastError = why;
      counters =
          new SwitchStatus.Counters(
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
