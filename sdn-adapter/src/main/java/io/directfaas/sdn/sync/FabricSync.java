package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.FabricSubscriber;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.pipeline.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.projectfloodlight.openflow.protocol.OFMeterStats;

/**
 * Takes the graph through its stages on all switches. Each switch is kept right by a {@link
 * SwitchSync} of its own; here is only what concerns several: which of them goes first, whom a
 * stage waits for, and what it means that one is away.
 */
public final class FabricSync implements FabricSubscriber, AutoCloseable {
  private final SyncConfig config;
  private final Telemetry telemetry = new Telemetry();
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private RetainedGraphs graphs = RetainedGraphs.NONE;
  private final Map<String, SwitchSync> members = new TreeMap<>();

  public FabricSync(SyncConfig config) {
    this.config = config;
  }

  /**
   * A switch joins: it is brought to what the others carry. Its sync is started and, with this,
   * closed.
   */
  public void join(SwitchSync member) {
    lock.lock();
    try {
      SwitchSync before = members.put(member.node(), member);
      if (before != null) {
        before.close();
      }
      member.aim(new Target(graphs, Target.Grants.EVERYWHERE));
      member.tell(telemetry);
      member.start();
    } finally {
      lock.unlock();
    }
  }

  /** A switch leaves: it keeps what it holds, and is not waited for any longer. */
  public void leave(String node) {
    SwitchSync left;
    lock.lock();
    try {
      left = members.remove(node);
    } finally {
      lock.unlock();
    }
    if (left != null) {
      left.close();
    }
  }

  @Override
  public CompletionStage<List<Laggard>> prepare(Graph target) {
    Target first;
    Target second;
    lock.lock();
    try {
      graphs = graphs.with(target);
      first = new Target(graphs, Target.Grants.AT_DESTINATION);
      second = new Target(graphs, Target.Grants.EVERYWHERE);
    } finally {
      lock.unlock();
    }
    List<SwitchSync> all = members();
    if (all.size() < 2 || second.graphs().oldestFirst().size() < 2) {
      // Nothing was carried before that the new could be told from.
      return carry(all, second).thenApply(failures -> orFail(failures, all));
    }
    return carry(all, first)
        .thenCompose(absent -> open(second, absent))
        .thenApply(f -> orFail(f, all));
  }

  /** Opens the sources' side, without waiting a second time for those that were away. */
  private CompletionStage<Map<SwitchSync, String>> open(
      Target target, Map<SwitchSync, String> absent) {
    List<SwitchSync> present = new ArrayList<>();
    for (SwitchSync member : members()) {
      if (absent.containsKey(member)) {
        member.aim(target);
      } else {
        present.add(member);
      }
    }
    Map<SwitchSync, String> failures = new ConcurrentHashMap<>(absent);
    return carry(present, target)
        .thenApply(
            more -> {
              failures.putAll(more);
              return failures;
            });
  }

  @Override
  public CompletionStage<List<Laggard>> retire(long revision) {
    RetainedGraphs before;
    Target target;
    lock.lock();
    try {
      before = graphs;
      graphs = graphs.retired(revision);
      target = new Target(graphs, Target.Grants.EVERYWHERE);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    } finally {
      lock.unlock();
    }
    List<SwitchSync> all = members();
    return carry(all, target).thenApply(failures -> closedOrFail(failures, all, before));
  }

  /**
   * Gives a target to switches; completes, with those that failed and why, when none is pending.
   */
  private CompletionStage<Map<SwitchSync, String>> carry(List<SwitchSync> to, Target target) {
    Map<SwitchSync, String> failures = new ConcurrentHashMap<>();
    CompletableFuture<?>[] stages = new CompletableFuture<?>[to.size()];
    for (int i = 0; i < stages.length; i++) {
      SwitchSync member = to.get(i);
      stages[i] =
          member
              .carry(target)
              .exceptionally(
                  error -> {
                    failures.put(member, String.valueOf(error.getMessage()));
                    return null;
                  });
    }
    return CompletableFuture.allOf(stages).thenApply(done -> failures);
  }

  /** A grant goes on without the switches that are away, for what they do not open fails closed. */
  private static List<Laggard> orFail(Map<SwitchSync, String> failures, List<SwitchSync> asked) {
    if (!failures.isEmpty() && failures.size() >= asked.size()) {
      throw new StageFailedException(describe(failures));
    }
    return laggards(failures);
  }

  /**
   * A switch that is away may still carry what is to be closed, between its own replicas: whatever
   * crosses nodes, the other end refuses. So it is waited for, until it has been away so long that
   * it counts as lost.
   */
  private List<Laggard> closedOrFail(
      Map<SwitchSync, String> failures, List<SwitchSync> asked, RetainedGraphs before) {
    Map<SwitchSync, String> waitedFor =
        failures.entrySet().stream()
            .filter(f -> asked.size() < 2 || isAwaited(f.getKey(), before))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    if (!waitedFor.isEmpty()) {
      throw new StageFailedException(describe(waitedFor));
    }
    return laggards(failures);
  }

  private boolean isAwaited(SwitchSync absent, RetainedGraphs before) {
    return before.placesReplicasOn(absent.node())
        && absent.nanosAway() < config.lostAfter().toNanos();
  }

  private static List<Laggard> laggards(Map<SwitchSync, String> failures) {
    return failures.entrySet().stream()
        .map(f -> new Laggard("switch " + f.getKey().name(), f.getValue()))
        .sorted((a, b) -> a.who().compareTo(b.who()))
        .toList();
  }

  private static String describe(Map<SwitchSync, String> failures) {
    if (failures.size() == 1 && failures.keySet().iterator().next().node().isEmpty()) {
      return failures.values().iterator().next();
    }
    return laggards(failures).stream()
        .map(laggard -> laggard.who() + ": " + laggard.why())
        .collect(Collectors.joining("; "));
  }

  /** A stage that must be tried again. */
  private static final class StageFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StageFailedException(String message) {
      super(message);
    }
  }

  /** The switches, by node. */
  public List<SwitchSync> members() {
    lock.lock();
    try {
      return List.copyOf(members.values());
    } finally {
      lock.unlock();
    }
  }

  /** What the switches' syncs tell. */
  public Telemetry telemetry() {
    return telemetry;
  }

  /**
   * What the meters of all switches have counted, straight from them.
   *
   * @throws OpenFlowException if a switch is away or does not answer
   */
  public List<OFMeterStats> observeMeters() throws OpenFlowException, InterruptedException {
    List<OFMeterStats> found = new ArrayList<>();
    for (SwitchSync member : members()) {
      found.addAll(member.observeMeters());
    }
    return found;
  }

  public FabricStatus status() {
    return new FabricStatus(members().stream().map(SwitchSync::status).toList());
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
   * What stands in some tables of all switches now, with counters, straight from them.
   *
   * @throws OpenFlowException if a switch is away or does not answer
   */
  public List<ObservedFlow> observe(List<Table> tables)
      throws OpenFlowException, InterruptedException {
    List<ObservedFlow> found = new ArrayList<>();
    for (SwitchSync member : members()) {
      found.addAll(member.observe(tables));
    }
    return found;
  }

  /** Stops working. The switches are left as they are: their flows go on without us. */
  @Override
  public void close() {
    members().forEach(SwitchSync::close);
  }
}
