package io.directfaas.standalone.node;

import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.node.function.Cgroups.Consumption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every few seconds at what replicas have used, and so knows how much they use. */
final class UsageMeter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UsageMeter.class);
  private static final Duration LOOK = Duration.ofSeconds(4);

  /**
   * A replica to be looked at.
   *
   * @param ready whether it serves calls
   */
  record Watched(String id, boolean ready) {}

  private record Sample(long at, Consumption used, boolean ready) {}

  private final Supplier<Map<FunctionRef, List<Watched>>> replicas;
  private final Function<String, Optional<Consumption>> consumption;
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("usage").factory());

  /** Touched by the loop only. */
  private Map<String, Sample> samples = Map.of();

  private volatile Map<FunctionRef, Usage> usage = Map.of();

  /**
   * @param replicas the replicas there are, by function
   * @param consumption what a replica has used
   */
  UsageMeter(
      Supplier<Map<FunctionRef, List<Watched>>> replicas,
      Function<String, Optional<Consumption>> consumption) {
    this.replicas = replicas;
    this.consumption = consumption;
  }

  void start() {
    var unused =
        loop.scheduleWithFixedDelay(
            this::tick, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Since the last look; empty for what was not looked at twice. */
  Optional<Usage> of(FunctionRef function) {
    return Optional.ofNullable(usage.get(function));
  }

  /** Never throws, or it would be the last one. */
  private void tick() {
    try {
      look(System.nanoTime());
    } catch (RuntimeException e) {
      log.error("what functions use could not be looked at", e);
    }
  }

  void look(long now) {
    Map<String, Sample> next = new HashMap<>();
    Map<FunctionRef, Usage> used = new HashMap<>();
    replicas
        .get()
        .forEach(
            (function, watched) -> {
              for (Watched replica : watched) {
                Optional<Consumption> seen = consumption.apply(replica.id());
                if (seen.isPresent()) {
                  Sample sample = new Sample(now, seen.get(), replica.ready());
                  next.put(replica.id(), sample);
                  Sample before = samples.get(replica.id());
                  if (before != null && now > before.at) {
                    used.merge(function, between(before, sample), UsageMeter::sum);
                  }
                }
              }
            });
    samples = next;
    usage = Map.copyOf(used);
  }

  private static Usage between(Sample before, Sample now) {
    long worked = Math.max(0, now.used.cpuNanos() - before.used.cpuNanos());
    double millicores = 1000.0 * worked / (now.at - before.at);
    return new Usage(
        millicores,
        before.ready && now.ready ? OptionalDouble.of(millicores) : OptionalDouble.empty(),
        now.used.memoryBytes());
  }

  private static Usage sum(Usage one, Usage other) {
    return new Usage(
        one.millicores() + other.millicores(),
        sum(one.workMillicores(), other.workMillicores()),
        one.memoryBytes() + other.memoryBytes());
  }

  private static OptionalDouble sum(OptionalDouble one, OptionalDouble other) {
    return one.isEmpty() ? other : OptionalDouble.of(one.getAsDouble() + other.orElse(0));
  }

  @Override
  public void close() {
    loop.shutdownNow();
  }
}
