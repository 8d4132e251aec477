package io.directfaas.sdn.sync;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long something took, in a fixed number of classes. For several threads. */
public final class LatencyHistogram {
  /** The classes' upper bounds in milliseconds; there is one more without bound. */
  private static final long[] BOUNDS_MS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_MS.length + 1);
  private final LongAdder nanos = new LongAdder();

  void record(long tookNanos) {
    int bucket = 0;
    while (bucket < BOUNDS_MS.length
        && tookNanos > TimeUnit.MILLISECONDS.toNanos(BOUNDS_MS[bucket])) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    nanos.add(tookNanos);
  }

  /** How many classes have a bound. */
  public int bounds() {
    return BOUNDS_MS.length;
  }

  /** The upper bound of a class, in seconds. */
  public double boundSeconds(int bucket) {
    return BOUNDS_MS[bucket] / 1000.0;
  }

  /** How many took that long or less; with {@link #bounds()}, all of them. */
  public long countUpTo(int bucket) {
    long sum = 0;
    for (int i = 0; i <= bucket; i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  public double sumSeconds() {
    return nanos.sum() / 1e9;
  }
}
