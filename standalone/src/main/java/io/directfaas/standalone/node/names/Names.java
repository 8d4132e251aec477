package io.directfaas.standalone.node.names;

import io.directfaas.graph.CallsByName;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.graph.watch.MeshSubscriber;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names of all replicas of this node. Part of the mesh: a change is acknowledged when every
 * name leads where it should, so a replica that is to leave is out of all names before it drains
 * and before its flows go.
 *
 * <p>In a change the order is: a function that may go out from now on is let out; the names change;
 * a function that may not any more is shut in after a moment in which calls that began by an old
 * answer can end.
 */
public final class Names implements MeshSubscriber {
  private static final Logger log = LoggerFactory.getLogger(Names.class);

  /** The program that answers; setup installs it. */
  public static final Path RESOLVER = Resolver.PROGRAM;

  /** As long as calls over a removed edge have. */
  private static final Duration SHUT_IN_AFTER = Duration.ofMillis(500);

  private static final Duration RETRY = Duration.ofSeconds(1);

  /** A change spawns processes only where a filter changes. */
  private static final Executor THREADS = task -> Thread.ofVirtual().name("names").start(task);

  private final Layout layout;
  private final ReplicaNetwork network;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by lock.
  private final Map<String, ReplicaNames> replicas = new HashMap<>();

  /** Those that a failed step has left behind. */
  private final Set<String> behind = new HashSet<>();

  private @Nullable Graph graph;

  public Names(Layout layout, ReplicaNetwork network) {
    this.layout = layout;
    this.network = network;
  }

  /**
   * Gives a replica, whose network is there, its names and a resolver; adopts those of an earlier
   * JVM.
   *
   * @param onChange called whenever the resolver has started or ended
   * @throws IOException if its files cannot be written or its filter not be set
   */
  public ReplicaNames enter(String replicaId, FunctionRef function, Slot slot, Runnable onChange)
      throws IOException {
    ReplicaNames entered = new ReplicaNames(this, layout, replicaId, function, slot);
    lock.lock();
    try {
      if (graph != null) {
        bring(entered, graph);
      } else if (!entered.hasNames()) {
        entered.write(HostsText.gatewayOnly());
      }
      replicas.put(replicaId, entered);
    } finally {
      lock.unlock();
    }
    entered.start(onChange);
    return entered;
  }

  void forget(ReplicaNames leaving) {
    lock.lock();
    try {
      replicas.remove(leaving.id(), leaving);
      behind.remove(leaving.id());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta) {
    return CompletableFuture.supplyAsync(
        () -> {
          change(target, delta);
          return List.of();
        },
        THREADS);
  }

  private void change(Graph target, @Nullable GraphDelta delta) {
    lock.lock();
    try {
      Graph before = graph;
      graph = target;
      List<String> problems = new ArrayList<>();
      for (ReplicaNames each : concerned(before, target, delta)) {
        try {
          bring(each, target);
          behind.remove(each.id());
        } catch (IOException e) {
          behind.add(each.id());
          problems.add(each.id() + ": " + e.getMessage());
        }
      }
      if (!problems.isEmpty()) {
        // Tried again by whoever asked.
        throw new CompletionException(new IOException("names of " + String.join("; ", problems)));
      }
    } finally {
      lock.unlock();
    }
  }

  private List<ReplicaNames> concerned(
      @Nullable Graph before, Graph target, @Nullable GraphDelta delta) {
    if (before == null || delta == null || delta.from() != before.revision()) {
      return List.copyOf(replicas.values());
    }
    Set<FunctionRef> callers = callersTouched(before, target, delta);
    return replicas.values().stream()
        .filter(each -> callers.contains(each.function()) || behind.contains(each.id()))
        .toList();
  }

  /**
   * The functions whose names or way out may differ: O(the delta and the callers of its callees).
   */
  static Set<FunctionRef> callersTouched(Graph before, Graph target, GraphDelta delta) {
    Set<FunctionRef> callers = new HashSet<>();
    delta.putFunctions().forEach(function -> callers.add(function.ref()));
    delta.putEdges().forEach(edge -> callers.add(edge.caller()));
    delta.removedEdges().forEach(edge -> callers.add(edge.caller()));
    delta
        .putTenants()
        .forEach(
            tenant ->
                target.functionsOf(tenant.name()).forEach(function -> callers.add(function.ref())));
    Set<FunctionRef> callees = new HashSet<>();
    delta.putReplicas().forEach(replica -> callees.add(replica.function()));
    delta
        .removedReplicas()
        .forEach(id -> before.replica(id).map(Replica::function).ifPresent(callees::add));
    for (FunctionRef callee : callees) {
      addCallers(target.edgesTo(callee), callers);
    }
    return callers;
  }

  private static void addCallers(Collection<Edge> edges, Set<FunctionRef> callers) {
    edges.forEach(edge -> callers.add(edge.caller()));
  }

  /** Brings one replica to what a graph says, as far as may be done at once. */
  private void bring(ReplicaNames replica, Graph target) throws IOException {
    boolean out = CallsByName.mayLeaveDirectly(target, replica.function());
    if (out) {
      replica.filter(network, true);
    }
    replica.write(HostsText.of(target, replica.function()));
    if (!out && replica.open().orElse(true)) {
      shutInLater(replica, SHUT_IN_AFTER);
    }
  }

  private void shutInLater(ReplicaNames replica, Duration delay) {
    Thread.ofVirtual().name("shut in " + replica.id()).start(() -> shutIn(replica, delay));
  }

  private void shutIn(ReplicaNames replica, Duration delay) {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    lock.lock();
    try {
      Graph now = graph;
      boolean still =
          replicas.get(replica.id()) == replica
              && now != null
              && !CallsByName.mayLeaveDirectly(now, replica.function());
      if (still) {
        replica.filter(network, false);
      }
    } catch (IOException e) {
      log.warn("{} can still open connections itself: {}", replica.id(), e.getMessage());
      shutInLater(replica, RETRY);
    } finally {
      lock.unlock();
    }
  }
}
