package io.directfaas.gateway.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The load of the moment, as the connected reporters say it. */
public final class Loads {
  private final ConcurrentMap<String, Word> byReporter = new ConcurrentHashMap<>();

  private record Word(List<EdgeLoad> loads, Set<FunctionRef> busy) {}

  void put(String reporter, List<EdgeLoad> loads, Set<FunctionRef> busy) {
    byReporter.put(reporter, new Word(loads, busy));
  }

  void lost(String reporter) {
    byReporter.remove(reporter);
  }

  /** Whether this one is connected and has said something; without it, what it sees is unknown. */
  public boolean hears(String reporter) {
    return byReporter.containsKey(reporter);
  }

  /** Every edge that has any load. */
  public List<EdgeLoad> edges() {
    return byReporter.values().stream().flatMap(word -> word.loads.stream()).toList();
  }

  /** Whether anybody sees traffic of the function, calls that no Envoy sees included. */
  public boolean busy(FunctionRef function) {
    return byReporter.values().stream().anyMatch(word -> word.busy.contains(function));
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
