package io.directfaas.gateway.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.function.ScalePolicy;
import io.directfaas.gateway.function.ScalePolicy.Type;
import io.directfaas.gateway.scaling.FunctionScaler.Observation;
import java.time.Duration;
import java.util.HashSet;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FunctionScalerTest {
  private static final long SECOND = 1_000_000_000L;

  private long now = 17 * SECOND;
  private long started;
  private int replicas = 1;
  private boolean busy;
  private OptionalDouble millicores = OptionalDouble.empty();
  private OptionalDouble queued = OptionalDouble.empty();
  private final FunctionScaler scaler = new FunctionScaler(now, Duration.ofMinutes(1));

  /** A target of 50 at 0.9: 45 for each replica. */
  private static ScalePolicy policy(Type type) {
    return new ScalePolicy(true, 1, 10, type, 50, 0.9, false, Duration.ofMinutes(15));
  }

  private static ScalePolicy sleepy(Duration idle) {
    return new ScalePolicy(false, 1, 20, Type.RPS, 50, 0.9, true, idle);
  }

  private void run(ScalePolicy policy, int seconds, double callsPerSecond, long inFlight) {
    for (int i = 0; i < seconds; i++) {
      now += SECOND;
      started += Math.round(callsPerSecond);
      replicas =
          scaler.decide(
              policy,
              new Observation(
                  replicas, callsPerSecond, inFlight, started, busy, millicores, queued),
              now);
    }
  }

  @Test
  void replicasAreTheLoadByTheTargetRoundedUp() {
    run(policy(Type.RPS), 10, 200, 0);

    assertThat(replicas).isEqualTo(5);
  }

  @Test
  void capacityIsMeasuredByCallsAtATime() {
    run(policy(Type.CAPACITY), 10, 0, 100);

    assertThat(replicas).isEqualTo(3);
  }

  @Test
  void processorTimeIsFollowedWhereItIsKnown() {
    run(policy(Type.CPU), 10, 1000, 1000);
    assertThat(replicas).isEqualTo(1);
    millicores = OptionalDouble.of(160);
    run(policy(Type.CPU), 10, 0, 0);
    assertThat(replicas).isEqualTo(4);
    run(policy(Type.CPU), 300, 0, 0);
    assertThat(replicas).isEqualTo(4);
  }

  @Test
  void theQueueIsFollowedWhereItIsKnown() {
    run(policy(Type.QUEUE), 10, 1000, 1000);
    assertThat(replicas).isEqualTo(1);
    queued = OptionalDouble.of(200);
    run(policy(Type.QUEUE), 10, 0, 0);
    assertThat(replicas).isEqualTo(5);
    queued = OptionalDouble.empty();
    run(policy(Type.QUEUE), 300, 0, 0);
    assertThat(replicas).isEqualTo(5);
    queued = OptionalDouble.of(0);
    run(policy(Type.QUEUE), 80, 0, 0);
    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void theBoundsHold() {
    run(policy(Type.RPS), 10, 100_000, 0);
    assertThat(replicas).isEqualTo(10);
    run(policy(Type.RPS), 200, 0.1, 0);
    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void oneSecondOfCallsIsNoLoadYet() {
    run(policy(Type.RPS), 1, 5000, 0);

    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void fewerComeOnlyAfterAMinuteOfLessLoad() {
    run(policy(Type.RPS), 10, 200, 0);
    run(policy(Type.RPS), 50, 40, 0);
    assertThat(replicas).isEqualTo(5);
    run(policy(Type.RPS), 30, 40, 0);
    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void aSteadyLoadWithNoiseSettlesOnOneNumber() {
    Random random = new Random(11);
    run(policy(Type.RPS), 30, 135, 0);
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 600; i++) {
      run(policy(Type.RPS), 1, 135 * (0.92 + 0.16 * random.nextDouble()), 0);
      seen.add(replicas);
    }
    assertThat(seen).hasSize(1);
  }

  @Test
  void aFunctionThatNobodyCallsSleepsAfterItsTime() {
    run(sleepy(Duration.ofSeconds(30)), 29, 0, 0);
    assertThat(replicas).isEqualTo(1);
    run(sleepy(Duration.ofSeconds(30)), 2, 0, 0);
    assertThat(replicas).isZero();
  }

  @Test
  void aCallUnderWayKeepsItAwake() {
    run(sleepy(Duration.ofSeconds(30)), 100, 0, 1);
    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void trafficThatNobodyCountsKeepsItAwake() {
    busy = true;
    run(sleepy(Duration.ofSeconds(30)), 100, 0, 0);
    assertThat(replicas).isEqualTo(1);
    busy = false;
    run(sleepy(Duration.ofSeconds(30)), 31, 0, 0);
    assertThat(replicas).isZero();
  }

  @Test
  void whileNothingIsKnownItStaysAwake() {
    for (int i = 0; i < 100; i++) {
      now += SECOND;
      scaler.unknown(now);
    }
    run(sleepy(Duration.ofSeconds(30)), 29, 0, 0);
    assertThat(replicas).isEqualTo(1);
  }

  @Test
  void whatSleepsIsLeftAsleep() {
    replicas = 0;
    run(policy(Type.RPS), 100, 500, 0);
    assertThat(replicas).isZero();
  }
}
