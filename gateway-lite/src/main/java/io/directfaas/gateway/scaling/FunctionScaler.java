package io.directfaas.gateway.scaling;

import io.directfaas.gateway.function.ScalePolicy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * Decides for one function how many replicas it should have, from what it is told once a second.
 *
 * <p>Up at once, down late: what is wanted is the mean load of the last seconds by the target of
 * one replica. More is started as soon as it is wanted; less only when nothing more was wanted for
 * long, and a load within a tenth of what the present number is for changes nothing. So a load that
 * stays the same leaves the number the same.
 */
final class FunctionScaler {
  static final Duration MEAN_OVER = Duration.ofSeconds(5);
  private static final double TOLERANCE = 0.1;
  private static final int FEWEST_SAMPLES = 3;

  private record Sample(long at, double load) {}

  private record Wish(long at, int replicas) {}

  private final Deque<Sample> samples = new ArrayDeque<>();
  private final Deque<Wish> wishes = new ArrayDeque<>();
  private final long began;
  private final Duration downAfter;
  private long lastCalled;
  private long started = -1;

  /**
   * @param downAfter for how long fewer replicas must have been enough before some go
   */
  FunctionScaler(long now, Duration downAfter) {
    this.began = now;
    this.downAfter = downAfter;
    this.lastCalled = now;
  }

  /**
   * What is known of a function now.
   *
   * @param replicas how many it should have
   * @param callsPerSecond begun per second
   * @param inFlight calls under way
   * @param started calls begun since ever
   * @param busy whether it carries traffic, of calls that nobody counts for instance
   * @param millicores processor time that its replicas spend on their work; empty where nobody
   *     knows
   * @param queued asynchronous calls that wait or are being made; empty where nobody knows
   */
  record Observation(
      int replicas,
      double callsPerSecond,
      long inFlight,
      long started,
      boolean busy,
      OptionalDouble millicores,
      OptionalDouble queued) {}

  /** Nothing is known now, which is not the same as no load. */
  void unknown(long now) {
    lastCalled = now;
    samples.clear();
    wishes.clear();
  }

  /** How many replicas there should be from now on. */
  int decide(ScalePolicy policy, Observation seen, long now) {
    if (seen.inFlight > 0 || seen.started != started || seen.callsPerSecond > 0 || seen.busy) {
      lastCalled = now;
    }
    started = seen.started;
    if (seen.replicas == 0) {
      // Whoever calls it wakes it.
      lastCalled = now;
      samples.clear();
      wishes.clear();
      return 0;
    }
    if (policy.zero() && now - lastCalled >= policy.idle().toNanos()) {
      return 0;
    }
    OptionalDouble load = load(policy.type(), seen);
    return policy.automatic() && load.isPresent()
        ? follow(policy, seen, load.getAsDouble(), now)
        : seen.replicas;
  }

  private static OptionalDouble load(ScalePolicy.Type type, Observation seen) {
    return switch (type) {
      case RPS -> OptionalDouble.of(seen.callsPerSecond);
      case CAPACITY -> OptionalDouble.of(seen.inFlight);
      case CPU -> seen.millicores;
      case QUEUE -> seen.queued;
    };
  }

  private int follow(ScalePolicy policy, Observation seen, double load, long now) {
    samples.addLast(new Sample(now, load));
    while (now - samples.getFirst().at > MEAN_OVER.toNanos()) {
      samples.removeFirst();
    }
    if (samples.size() < FEWEST_SAMPLES) {
      return seen.replicas;
    }
    double mean = samples.stream().mapToDouble(Sample::load).average().orElse(0);
    double perReplica = policy.target() * policy.proportion();
    double used = mean / (seen.replicas * perReplica);
    int wanted =
        Math.abs(used - 1) <= TOLERANCE ? seen.replicas : (int) Math.ceil(mean / perReplica);
    wanted = Math.clamp(wanted, Math.max(1, policy.min()), Math.max(1, policy.max()));
    wishes.addLast(new Wish(now, wanted));
    while (now - wishes.getFirst().at > downAfter.toNanos()) {
      wishes.removeFirst();
    }
    if (wanted > seen.replicas) {
      return wanted;
    }
    int most = wishes.stream().mapToInt(Wish::replicas).max().orElse(wanted);
    boolean longEnough =
        now - began >= downAfter.toNanos()
            && now - wishes.getFirst().at >= downAfter.minus(MEAN_OVER).toNanos();
    return longEnough ? Math.min(seen.replicas, most) : seen.replicas;
  }
}
