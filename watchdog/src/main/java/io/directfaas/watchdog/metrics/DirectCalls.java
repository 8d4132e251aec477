package io.directfaas.watchdog.metrics;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls that came past no proxy, by name: a proxy counts the calls that pass it, these only we see.
 * Counted since the start of this process.
 */
public final class DirectCalls {
  private final String life;
  // Guarded by this.
  private final Map<Integer, Ended> ended = new TreeMap<>();
  private long started;

  private static final class Ended {
    private final long[] buckets = new long[HttpMetrics.BOUNDS.length + 1];
    private long nanos;
  }

  public DirectCalls() {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    life = HexFormat.of().formatHex(random);
  }

  public synchronized void begun() {
    started++;
  }

  public synchronized void ended(int code, long nanos) {
    Ended one = ended.computeIfAbsent(code, absent -> new Ended());
    one.buckets[HttpMetrics.bucket(nanos)]++;
    one.nanos += nanos;
  }

  /**
   * All of it in a line: which life this is, how many began, and for each status {@code
   * code:nanoseconds:count,count,...}, with the counts of {@link HttpMetrics}'s buckets, not
   * cumulative. Without its end.
   */
  public synchronized String line() {
    StringBuilder line = new StringBuilder(life).append(' ').append(started);
    ended.forEach(
        (code, one) -> {
          line.append(' ').append(code).append(':').append(one.nanos);
          char separator = ':';
          for (long count : one.buckets) {
            line.append(separator).append(count);
            separator = ',';
          }
        });
    return line.toString();
  }

  /** Whether there is nothing to tell. */
  public synchronized boolean isEmpty() {
    return started == 0;
  }
}
