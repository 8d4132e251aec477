package io.directfaas.graph.load;

import java.util.List;

/**
 * Calls that ended with one status.
 *
 * @param code the HTTP status the caller saw, or {@link #CALLER_GONE}
 * @param count how many
 * @param seconds how long they took together
 * @param buckets how many took at most {@link #BOUNDS} seconds, each bucket by itself; one more for
 *     the rest
 */
public record EndedCalls(int code, long count, double seconds, List<Long> buckets) {
  /** Where the caller was gone before there was a status; nginx's number for it. */
  public static final int CALLER_GONE = 499;

  /** Upper bounds of the buckets in seconds: Prometheus's defaults, as OpenFaaS has them. */
  public static final List<Double> BOUNDS =
      List.of(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

  public EndedCalls {
    buckets = List.copyOf(buckets);
    if (buckets.size() != BOUNDS.size() + 1) {
      throw new IllegalArgumentException(
          "buckets: " + buckets.size() + " instead of " + (BOUNDS.size() + 1));
    }
  }

  /** Both together; of the same status. */
  public EndedCalls plus(EndedCalls other) {
    Long[] sums = new Long[buckets.size()];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = buckets.get(i) + other.buckets.get(i);
    }
    return new EndedCalls(code, count + other.count, seconds + other.seconds, List.of(sums));
  }
}
