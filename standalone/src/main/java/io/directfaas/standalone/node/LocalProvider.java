package io.directfaas.standalone.node;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.LogSource;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Violation;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.function.FunctionRuntime;
import io.directfaas.standalone.node.logs.FunctionLogs;
import io.directfaas.standalone.node.names.Names;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.net.VirtualSwitch;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.sidecar.Sidecar;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs functions as processes of this machine. Replicas outlive it: closing it, or killing its JVM,
 * leaves them running, and the next one adopts them by what gateway-lite remembers of them.
 */
public final class LocalProvider implements FunctionProvider, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalProvider.class);

  private final Layout layout;
  private final String node;
  private final VirtualSwitch ovs;
  private final ReplicaNetwork network;
  private final Sidecar.Starter sidecars;
  private final Names names;
  private final FunctionRuntime runtime;
  private final Duration drainGrace;
  private final FunctionLogs logs;
  private final UsageMeter usage;
  private final SlotAllocator slots = new SlotAllocator(InstantSource.system());
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Map<FunctionRef, FunctionReconciler> reconcilers = new ConcurrentHashMap<>();

  /** Opens when what an earlier JVM left has been adopted or removed. */
  private final CountDownLatch gate = new CountDownLatch(1);

  /** Starts at a time: a start is short, but all of it is work for the processor. */
  private final Semaphore starts =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

  private volatile ReplicaLife.@Nullable Shared shared;
  private volatile @Nullable ReplicaLife ingress;
  private volatile boolean closed;

  /**
   * @param node this machine's name in the graph
   * @param ovs the switch, which has been started
   * @param drainGrace how long a replica that leaves waits for the calls it has
   */
  public LocalProvider(
      Layout layout,
      String node,
      VirtualSwitch ovs,
      Sidecar.Starter sidecars,
      Names names,
      FunctionRuntime runtime,
      Duration drainGrace) {
    this.layout = layout;
    this.node = node;
    this.ovs = ovs;
    this.network = new ReplicaNetwork(layout, ovs);
    this.sidecars = sidecars;
    this.names = names;
    this.runtime = runtime;
    this.drainGrace = drainGrace;
    this.logs = new FunctionLogs(layout, this::replicasOf);
    this.usage = new UsageMeter(this::watched, runtime::consumption);
  }

  @Override
  public String name() {
    return "directfaas-local";
  }

  @Override
  public void start(
      ReplicaSink sink, Collection<DesiredFunction> desired, Collection<KnownReplica> known) {
    ReplicaLife.Shared together =
        new ReplicaLife.Shared(
            layout, node, network, sidecars, names, runtime, slots, starts, drainGrace, sink);
    shared = together;
    logs.start();
    usage.start();
    desired.forEach(this::apply);
    List<KnownReplica> before = List.copyOf(known);
    Thread.ofVirtual().name("adopt replicas").start(() -> takeOver(together, before));
  }

  /** Adopts or removes what there is; then the reconcilers may begin. */
  private void takeOver(ReplicaLife.Shared together, List<KnownReplica> known) {
    try {
      Map<String, KnownReplica> kept = new HashMap<>();
      List<String> lost = new ArrayList<>();
      for (KnownReplica candidate : known) {
        String id = candidate.replica().id();
        if (stillRuns(candidate)) {
          kept.put(id, candidate);
        } else {
          lost.add(id);
        }
      }
      sweep(kept.keySet());
      kept.values().forEach(replica -> adopt(together, replica));
      for (String id : lost) {
        // The ingress comes back at once under its own id: it is not gone.
        if (!id.equals(Layout.INGRESS_REPLICA)) {
          together.sink().gone(id);
        }
      }
      if (!kept.containsKey(Layout.INGRESS_REPLICA)) {
        beginIngress(together, null);
      }
    } catch (IOException e) {
      log.error("what an earlier run left could not be taken over", e);
      beginIngress(together, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } finally {
      gate.countDown();
    }
  }

  private boolean stillRuns(KnownReplica candidate) throws IOException {
    Replica replica = candidate.replica();
    Optional<Slot> slot = Slot.of(replica.ip());
    if (slot.isEmpty() || !network.exists(replica.id(), slot.get())) {
      return false;
    }
    boolean isIngress = replica.function().isIngress();
    // A sidecar that has died is started again; a function that has died has lost its state, and
    // its replica is replaced.
    boolean runs = isIngress || DetachedProcess.adopt(layout.functionPid(replica.id())).isPresent();
    boolean wanted =
        isIngress
            || Optional.ofNullable(reconcilers.get(replica.function()))
                .flatMap(FunctionReconciler::desired)
                .isPresent();
    return runs && wanted;
  }

  private void sweep(Set<String> keep) throws IOException, InterruptedException {
    for (Map.Entry<String, String> port : ovs.ports().entrySet()) {
      if (!keep.contains(port.getValue())) {
        ovs.removePort(port.getKey());
        Cleanup.deleteFabricInterface(layout, port.getKey());
      }
    }
    new Cleanup(layout).sweepReplicas(keep);
  }

  private void adopt(ReplicaLife.Shared together, KnownReplica known) {
    Replica replica = known.replica();
    Slot slot = Slot.of(replica.ip()).orElseThrow();
    log.info("replica {} of {} runs on", replica.id(), replica.function());
    if (replica.function().isIngress()) {
      beginIngress(together, replica.state());
      return;
    }
    slots.take(slot);
    FunctionReconciler reconciler = reconcilers.get(replica.function());
    Optional<DesiredFunction> desired =
        Optional.ofNullable(reconciler).flatMap(FunctionReconciler::desired);
    if (reconciler == null || desired.isEmpty()) {
      together.sink().gone(replica.id());
      return;
    }
    reconciler.adopt(
        new ReplicaLife(
                together,
                replica.id(),
                replica.function(),
                desired.get().spec(),
                known.generation(),
                slot,
                replica.state(),
                reconciler::poke)
            .start());
  }

  private void beginIngress(ReplicaLife.Shared together, @Nullable ReplicaState known) {
    ingress =
        new ReplicaLife(
                together,
                Layout.INGRESS_REPLICA,
                FunctionRef.INGRESS,
                null,
                0,
                Slot.INGRESS,
                known,
                () -> retryIngress(together))
            .start();
  }

  /** Without an ingress nobody gets in: unlike a function's replica it is tried for ever. */
  private void retryIngress(ReplicaLife.Shared together) {
    ReplicaLife current = ingress;
    if (current != null && current.ended() && !closed) {
      try {
        Thread.sleep(Duration.ofSeconds(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (!closed) {
        beginIngress(together, null);
      }
    }
  }

  /** Why the ingress does not run; empty when it does. */
  public Optional<String> ingressProblem() {
    return Optional.ofNullable(ingress).flatMap(ReplicaLife::problem);
  }

  @Override
  public void apply(DesiredFunction desired) {
    reconcilers.compute(
        desired.ref(),
        (ref, present) -> {
          FunctionReconciler reconciler =
              present != null
                  ? present
                  : new FunctionReconciler(ref, this::beginReplica, gate, () -> forget(ref));
          reconciler.desire(desired);
          return reconciler;
        });
  }

  @Override
  public void remove(FunctionRef function) {
    reconcilers.computeIfPresent(
        function,
        (ref, reconciler) -> {
          reconciler.desire(null);
          return reconciler;
        });
  }

  private void forget(FunctionRef function) {
    reconcilers.computeIfPresent(
        function,
        (ref, reconciler) -> {
          if (reconciler.idle()) {
            reconciler.finish();
            return null;
          }
          return reconciler;
        });
  }

  private ReplicaLife beginReplica(DesiredFunction desired, Runnable onChange) throws IOException {
    ReplicaLife.Shared together = shared;
    if (together == null || closed) {
      throw new IOException("this node is not started");
    }
    Slot slot = slots.take();
    return new ReplicaLife(
            together,
            ReplicaIds.next(desired.ref().name(), random),
            desired.ref(),
            desired.spec(),
            desired.generation(),
            slot,
            null,
            onChange)
        .start();
  }

  @Override
  public Optional<String> problem(FunctionRef function) {
    return Optional.ofNullable(reconcilers.get(function)).flatMap(FunctionReconciler::problem);
  }

  @Override
  public Optional<Violation> check(FunctionSpec spec) {
    return runtime.check(spec);
  }

  @Override
  public Optional<LogSource> logs() {
    return Optional.of(logs);
  }

  @Override
  public Optional<Usage> usage(FunctionRef function) {
    return usage.of(function);
  }

  private Map<FunctionRef, List<UsageMeter.Watched>> watched() {
    Map<FunctionRef, List<UsageMeter.Watched>> replicas = new HashMap<>();
    reconcilers.forEach((ref, reconciler) -> replicas.put(ref, reconciler.watched()));
    return replicas;
  }

  private List<String> replicasOf(FunctionRef function) {
    return Optional.ofNullable(reconcilers.get(function))
        .map(FunctionReconciler::replicas)
        .orElse(List.of());
  }

  /** Cares for nothing any more; functions and sidecars run on. */
  @Override
  public void close() {
    closed = true;
    logs.close();
    usage.close();
    List<Thread> threads = new ArrayList<>();
    for (FunctionReconciler reconciler : reconcilers.values()) {
      threads.add(Thread.startVirtualThread(reconciler::close));
    }
    ReplicaLife last = ingress;
    if (last != null) {
      threads.add(Thread.startVirtualThread(last::abandon));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
