package io.directfaas.standalone.node.process;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubles with every failure in a row, with jitter so
 * that what failed together does not come back together; begins anew after a healthy time. Not safe
 * for use by several threads.
 */
public final class Backoff {
  private static final double JITTER = 0.2;

  private final Duration first;
  private final Duration longest;
  private final Duration healthyAfter;
  private final RandomGenerator random;
  private int failures;

  /**
   * @param first the wait after the first failure
   * @param longest the longest wait, before jitter
   * @param healthyAfter what ran at least this long is not counted as a failure in a row
   */
  public Backoff(Duration first, Duration longest, Duration healthyAfter, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.healthyAfter = healthyAfter;
    this.random = random;
  }

  /** For processes: 200 ms to 30 s, anew after 30 s of life. */
  public static Backoff ofProcess() {
    return new Backoff(
        Duration.ofMillis(200),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        RandomGenerator.getDefault());
  }

  /**
   * The wait before the next attempt, after one that lasted so long.
   *
   * @param lasted how long the attempt was up
   */
  public Duration afterFailure(Duration lasted) {
    failures = lasted.compareTo(healthyAfter) >= 0 ? 1 : Math.min(failures + 1, 31);
    long wait = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, 30));
    return Duration.ofMillis(Math.round(wait * (1 + JITTER * (2 * random.nextDouble() - 1))));
  }

  /** Failures in a row. */
  public int failures() {
    return failures;
  }
}
