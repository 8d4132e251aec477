package io.directfaas.gateway.scaling;

import io.directfaas.gateway.function.ScalePolicy;
import io.directfaas.gateway.load.CallCounts;
import io.directfaas.gateway.load.Loads;
import io.directfaas.gateway.load.QueueDepths;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.Usage;
import io.directfaas.gateway.scaling.FunctionScaler.Observation;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Once a second: looks at the load of every function that asks for it, and scales those that need
 * it.
 */
public final class Autoscaler implements SmartLifecycle {
  private static final Logger log = LoggerFactory.getLogger(Autoscaler.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final GraphOwner owner;
  private final CallCounts counts;
  private final Loads loads;
  private final FunctionProvider provider;
  private final QueueDepths queue;
  private final Set<String> witnesses;
  private final Duration downAfter;
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("autoscaler").factory());

  /** Touched by the loop only. */
  private final Map<FunctionRef, FunctionScaler> scalers = new HashMap<>();

  private volatile boolean running;

  /**
   * @param witnesses reporters who see calls that others do not: while one of them is not heard,
   *     nothing is known of any function
   * @param downAfter for how long fewer replicas must have been enough before some go
   */
  public Autoscaler(
      GraphOwner owner,
      CallCounts counts,
      Loads loads,
      FunctionProvider provider,
      QueueDepths queue,
      Set<String> witnesses,
      Duration downAfter) {
    this.provider = provider;
    this.queue = queue;
    this.witnesses = Set.copyOf(witnesses);
    this.downAfter = downAfter;
    this.owner = owner;
    this.counts = counts;
    this.loads = loads;
  }

  @Override
  public void start() {
    running = true;
    var unused =
        loop.scheduleWithFixedDelay(
            this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void stop() {
    running = false;
    loop.shutdownNow();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Never throws, or it would be the last one. */
  private void tick() {
    try {
      long now = System.nanoTime();
      Map<FunctionRef, EdgeLoad> byCallee = new HashMap<>();
      for (EdgeLoad load : loads.edges()) {
        byCallee.merge(load.edge().callee(), load, Autoscaler::sum);
      }
      Set<FunctionRef> present = new HashSet<>();
      for (DeployedFunction function : owner.state().functions()) {
        ScalePolicy policy = ScalePolicy.of(function.spec());
        if (policy.automatic() || policy.zero()) {
          present.add(function.ref());
          if (policy.type() == ScalePolicy.Type.QUEUE) {
            queue.refresh();
          }
          scale(function, policy, byCallee, now);
        }
      }
      scalers.keySet().retainAll(present);
    } catch (RuntimeException e) {
      log.error("scaling failed", e);
    }
  }

  private void scale(
      DeployedFunction function, ScalePolicy policy, Map<FunctionRef, EdgeLoad> loaded, long now) {
    FunctionRef ref = function.ref();
    FunctionScaler scaler = scalers.computeIfAbsent(ref, f -> new FunctionScaler(now, downAfter));
    if (!witnesses.stream().allMatch(loads::hears)) {
      scaler.unknown(now);
      return;
    }
    EdgeLoad load = loaded.get(ref);
    Observation seen =
        new Observation(
            function.replicas(),
            load == null ? 0 : load.callsPerSecond(),
            Math.max(load == null ? 0 : load.inFlight(), counts.inFlight(ref)),
            counts.started(ref),
            // One that is being started is waited for, though its calls may not be told of yet.
            loads.busy(ref) || function.ready() == 0,
            millicores(policy, ref),
            queued(policy, ref));
    int wanted = scaler.decide(policy, seen, now);
    if (wanted != function.replicas()) {
      log.info("{}: {} -> {} replicas", ref, function.replicas(), wanted);
      owner.scale(ref, wanted);
    }
  }

  private OptionalDouble millicores(ScalePolicy policy, FunctionRef ref) {
    return policy.type() == ScalePolicy.Type.CPU
        ? provider.usage(ref).map(Usage::workMillicores).orElse(OptionalDouble.empty())
        : OptionalDouble.empty();
  }

  private OptionalDouble queued(ScalePolicy policy, FunctionRef ref) {
    return policy.type() == ScalePolicy.Type.QUEUE ? queue.of(ref) : OptionalDouble.empty();
  }

  private static EdgeLoad sum(EdgeLoad one, EdgeLoad other) {
    return new EdgeLoad(
        one.edge(),
        one.callsPerSecond() + other.callsPerSecond(),
        one.failuresPerSecond() + other.failuresPerSecond(),
        one.inFlight() + other.inFlight());
  }
}
