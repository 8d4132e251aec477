package io.directfaas.gateway.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The load of the moment, as the connected reporters say it. */
public final class Loads {
  private final ConcurrentMap<String, List<EdgeLoad>> byReporter = new ConcurrentHashMap<>();

  void put(String reporter, List<EdgeLoad> loads) {
    byReporter.put(reporter, loads);
  }

  void lost(String reporter) {
    byReporter.remove(reporter);
  }

  /** Whether anybody says anything; without it no load is known, which is not none. */
  public boolean known() {
    return !byReporter.isEmpty();
  }

  /** Every edge that has any load. */
  public List<EdgeLoad> edges() {
    return byReporter.values().stream().flatMap(List::stream).toList();
  }

  /** The load of a function, all its callers together. */
  public FunctionLoad of(FunctionRef function) {
    FunctionLoad sum = FunctionLoad.NONE;
    for (EdgeLoad edge : edges()) {
      if (edge.edge().callee().equals(function)) {
        sum =
            new FunctionLoad(
                sum.callsPerSecond + edge.callsPerSecond(),
                sum.failuresPerSecond + edge.failuresPerSecond(),
                sum.inFlight + edge.inFlight());
      }
    }
    return sum;
  }

  /**
   * @param callsPerSecond calls begun per second
   * @param failuresPerSecond calls failed per second
   * @param inFlight calls under way
   */
  public record FunctionLoad(double callsPerSecond, double failuresPerSecond, long inFlight) {
    static final FunctionLoad NONE = new FunctionLoad(0, 0, 0);
  }
}
