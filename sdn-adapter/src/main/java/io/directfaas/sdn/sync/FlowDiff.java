package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.FlowMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What turns the flows found into the flows wanted.
 *
 * @param add flows that are missing or different; adding over a flow of the same key keeps its
 *     counters
 * @param delete flows that are in the way
 * @param foreign how many of those added over or deleted were not written by us
 * @param oursDeleted how many of those deleted were written by us
 * @param kept flows of ours that are not wanted, but were left alone
 */
record FlowDiff(List<Flow> add, List<Flow.Key> delete, int foreign, int oursDeleted, int kept) {

  /**
   * @param keepOurs leave unwanted flows of our own alone: they may be right for a revision that we
   *     have not been told of
   */
  static FlowDiff between(
      Map<Flow.Key, Flow> wanted, Iterable<ObservedFlow> found, boolean keepOurs) {
    List<Flow> add = new ArrayList<>();
    List<Flow.Key> delete = new ArrayList<>();
    int present = 0;
    int foreign = 0;
    int kept = 0;
    int oursDeleted = 0;
    for (ObservedFlow flow : found) {
      Flow want = wanted.get(flow.key());
      if (want != null) {
        present++;
        if (flow.is(want)) {
          continue;
        }
        add.add(want);
      } else if (keepOurs && !flow.isForeign()) {
        kept++;
        continue;
      } else {
        delete.add(flow.key());
        oursDeleted += flow.isForeign() ? 0 : 1;
      }
      if (flow.isForeign()) {
        foreign++;
      }
    }
    // A switch has one flow of a key at most.
    if (present < wanted.size()) {
      add.addAll(missing(wanted, found));
    }
    return new FlowDiff(add, delete, foreign, oursDeleted, kept);
  }

  private static Collection<Flow> missing(
      Map<Flow.Key, Flow> wanted, Iterable<ObservedFlow> found) {
    Map<Flow.Key, Flow> missing = new HashMap<>(wanted);
    found.forEach(flow -> missing.remove(flow.key()));
    return missing.values();
  }

  /** What turns flows that are known to stand into the flows wanted. */
  static FlowDiff between(FlowMap standing, FlowMap wanted) {
    List<Flow> add = new ArrayList<>();
    List<Flow.Key> delete = new ArrayList<>();
    for (Flow.Key key : standing.mayDiffer(wanted)) {
      Flow before = standing.get(key);
      Flow want = wanted.get(key);
      if (want == null && before != null) {
        delete.add(key);
      } else if (want != null && !want.equals(before)) {
        add.add(want);
      }
    }
    return new FlowDiff(add, delete, 0, delete.size(), 0);
  }

  boolean isEmpty() {
    return add.isEmpty() && delete.isEmpty();
  }
}
