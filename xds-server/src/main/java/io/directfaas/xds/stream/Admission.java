package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Whether one more stream may open. A workload that opens streams like mad is stopped by a rate of
 * its own before it costs the others any of theirs.
 */
final class Admission {
  private final StreamLimits limits;
  private final TokenBucket all;
  private final Map<WorkloadIdentity, TokenBucket> perWorkload = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();

  Admission(StreamLimits limits, long now) {
    this.limits = limits;
    this.all = new TokenBucket(limits.newStreamsPerSecond(), now);
  }

  /** Why it may not, naming the limit; null when it may, and then {@link #closed} must follow. */
  @Nullable Status open(WorkloadIdentity identity, long now) {
    if (perWorkload.size() > limits.streams()) {
      perWorkload.values().removeIf(bucket -> bucket.isFull(now));
    }
    int own = limits.newStreamsPerSecondPerWorkload();
    if (!perWorkload.computeIfAbsent(identity, i -> new TokenBucket(own, now)).tryTake(now)) {
      return refusal("new-streams-per-second-per-workload", own);
    }
    if (open.incrementAndGet() > limits.streams()) {
      open.decrementAndGet();
      return refusal("streams", limits.streams());
    }
    if (!all.tryTake(now)) {
      open.decrementAndGet();
      return refusal("new-streams-per-second", limits.newStreamsPerSecond());
    }
    return null;
  }

  void closed() {
    open.decrementAndGet();
  }

  static Status refusal(String limit, int value) {
    return Status.RESOURCE_EXHAUSTED.withDescription("limit " + limit + " of " + value);
  }
}
