package io.directfaas.xds.load;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import io.directfaas.xds.WorkloadIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The newest load reading of every workload. One reading per workload, replaced by the next and
 * forgotten when it is old, so that memory is bounded by the edges of the workloads there are.
 */
public final class LoadBook {
  /** A client that has been silent for so long has no load any more that is known. */
  private static final Duration STALE = Duration.ofSeconds(10);

  private final Map<WorkloadIdentity, Reading> readings = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;

  /** What one workload said last. */
  private record Reading(long at, Map<FunctionRef, CalleeLoad> callees) {}

  /**
   * The load from one workload to one callee.
   *
   * @param callsPerSecond calls begun per second
   * @param failuresPerSecond of those that ended
   * @param inFlight calls under way
   */
  record CalleeLoad(double callsPerSecond, double failuresPerSecond, long inFlight) {
    CalleeLoad plus(CalleeLoad other) {
      return new CalleeLoad(
          callsPerSecond + other.callsPerSecond,
          failuresPerSecond + other.failuresPerSecond,
          inFlight + other.inFlight);
    }
  }

  public LoadBook() {
    this(System::nanoTime);
  }

  LoadBook(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void put(WorkloadIdentity identity, Map<FunctionRef, CalleeLoad> callees) {
    readings.put(identity, new Reading(nanoClock.getAsLong(), Map.copyOf(callees)));
  }

  void forget(WorkloadIdentity identity) {
    readings.remove(identity);
  }

  /** The load of every edge that has any, the replicas of a caller together. */
  public List<EdgeLoad> loads() {
    long now = nanoClock.getAsLong();
    readings.values().removeIf(reading -> now - reading.at > STALE.toNanos());
    Map<Edge.Key, EdgeLoad> sums = new HashMap<>();
    readings.forEach(
        (identity, reading) ->
            reading.callees.forEach(
                (callee, load) ->
                    sums.merge(
                        new Edge.Key(identity.function(), callee),
                        new EdgeLoad(
                            new Edge.Key(identity.function(), callee),
                            load.callsPerSecond,
                            load.failuresPerSecond,
                            load.inFlight),
                        LoadBook::sum)));
    List<EdgeLoad> loaded = new ArrayList<>(sums.values());
    loaded.removeIf(load -> load.callsPerSecond() == 0 && load.inFlight() == 0);
    return loaded;
  }

  private static EdgeLoad sum(EdgeLoad one, EdgeLoad other) {
    return new EdgeLoad(
        one.edge(),
        one.callsPerSecond() + other.callsPerSecond(),
        one.failuresPerSecond() + other.failuresPerSecond(),
        one.inFlight() + other.inFlight());
  }
}
