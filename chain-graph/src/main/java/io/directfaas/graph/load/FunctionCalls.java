package io.directfaas.graph.load;

import io.directfaas.graph.FunctionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All calls of one function that somebody has seen.
 *
 * @param function the callee
 * @param started how many began
 * @param ended those that ended, by status, in order of it
 */
public record FunctionCalls(FunctionRef function, long started, List<EndedCalls> ended) {
  public FunctionCalls {
    ended = List.copyOf(ended);
  }

  public static FunctionCalls none(FunctionRef function) {
    return new FunctionCalls(function, 0, List.of());
  }

  /** How many ended, whatever their status. */
  public long completed() {
    return ended.stream().mapToLong(EndedCalls::count).sum();
  }

  /** How many are under way. */
  public long inFlight() {
    return Math.max(0, started - completed());
  }

  /** Both together; of the same function. */
  public FunctionCalls plus(FunctionCalls other) {
    Map<Integer, EndedCalls> byCode = new TreeMap<>();
    ended.forEach(calls -> byCode.put(calls.code(), calls));
    other.ended.forEach(calls -> byCode.merge(calls.code(), calls, EndedCalls::plus));
    return new FunctionCalls(function, started + other.started, new ArrayList<>(byCode.values()));
  }
}
