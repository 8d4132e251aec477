package io.directfaas.graph.watch;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last deltas, to bring a subscriber from the revision it holds to a later one. Bounded: who is
 * too far behind gets the whole graph. Confined to the publisher's thread.
 */
final class History {
  private final int limit;
  private final NavigableMap<Long, GraphDelta> byStart = new TreeMap<>();

  History(int limit) {
    this.limit = limit;
  }

  void add(GraphDelta delta) {
    byStart.put(delta.from(), delta);
    if (byStart.size() > limit) {
      byStart.pollFirstEntry();
    }
  }

  /**
   * The way from a held revision to a graph: a delta where the history reaches back, else a
   * snapshot.
   *
   * @param held the revision held, 0 when none
   */
  GraphDelta bridge(long held, Graph target) {
    if (held == target.revision() && held != 0) {
      return new GraphDelta.Builder().build(held, held);
    }
    if (held == 0 || held > target.revision()) {
      return GraphDelta.snapshot(target);
    }
    GraphDelta.Builder merged = new GraphDelta.Builder();
    long at = held;
    while (at < target.revision()) {
      @Nullable GraphDelta step = byStart.get(at);
      if (step == null || step.to() > target.revision()) {
        return GraphDelta.snapshot(target);
      }
      merged.add(step);
      at = step.to();
    }
    return merged.build(held, target.revision());
  }
}
