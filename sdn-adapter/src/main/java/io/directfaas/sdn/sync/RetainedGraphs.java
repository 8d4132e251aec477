package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The graphs that must be carried all at once: from the oldest revision that is not retired to the
 * newest that was prepared. Immutable.
 */
final class RetainedGraphs {
  static final RetainedGraphs NONE = new RetainedGraphs(List.of(), false);

  private final List<Graph> oldestFirst;
  private final boolean hasRetired;

  private RetainedGraphs(List<Graph> oldestFirst, boolean hasRetired) {
    this.oldestFirst = List.copyOf(oldestFirst);
    this.hasRetired = hasRetired;
  }

  /** With one more, which replaces any of the same revision. */
  RetainedGraphs with(Graph target) {
    List<Graph> graphs = new ArrayList<>(oldestFirst);
    graphs.removeIf(g -> g.id().equals(target.id()) && g.revision() == target.revision());
    graphs.add(target);
    return new RetainedGraphs(graphs, hasRetired);
  }

  /**
   * Without those before a revision, and without those of another owner's graph, whose revisions
   * mean something else.
   *
   * @throws IllegalArgumentException if nothing would be left, for that would close everything
   */
  RetainedGraphs retired(long revision) {
    String id = newest().map(Graph::id).orElse("");
    List<Graph> graphs =
        oldestFirst.stream().filter(g -> g.id().equals(id) && g.revision() >= revision).toList();
    if (graphs.isEmpty()) {
      throw new IllegalArgumentException(
          "cannot retire up to revision "
              + revision
              + ": the newest prepared is "
              + newest().map(g -> Long.toString(g.revision())).orElse("none"));
    }
    return new RetainedGraphs(graphs, true);
  }

  /**
   * The replicas of the newest graph that none of the others has.
   *
   * @param node whose replicas; empty for those of all
   */
  Set<String> broughtByNewest(String node) {
    if (oldestFirst.isEmpty()) {
      return Set.of();
    }
    Set<String> brought = new HashSet<>();
    for (Replica replica : perhapsBrought()) {
      if (node.isEmpty() || node.equals(replica.node())) {
        brought.add(replica.id());
      }
    }
    for (Graph older : oldestFirst.subList(0, oldestFirst.size() - 1)) {
      brought.removeIf(older.replicas()::containsKey);
    }
    return brought;
  }

  /** Those of the newest graph, without those that are known to be in the one before it, too. */
  private Collection<Replica> perhapsBrought() {
    Graph newest = oldestFirst.getLast();
    Optional<GraphDelta> delta =
        oldestFirst.size() < 2
            ? Optional.empty()
            : newest.knownDeltaFrom(oldestFirst.get(oldestFirst.size() - 2));
    return delta.isPresent() ? delta.get().putReplicas() : newest.replicas().values();
  }

  /** Whether any of these graphs has a replica on a node. */
  boolean placesReplicasOn(String node) {
    for (Graph graph : oldestFirst) {
      for (Replica replica : graph.replicas().values()) {
        if (replica.node().equals(node)) {
          return true;
        }
      }
    }
    return false;
  }

  List<Graph> oldestFirst() {
    return oldestFirst;
  }

  Optional<Graph> newest() {
    return oldestFirst.isEmpty() ? Optional.empty() : Optional.of(oldestFirst.getLast());
  }

  boolean isEmpty() {
    return oldestFirst.isEmpty();
  }

  /**
   * Whether anything was ever retired. Until then a flow we do not want may still be right: it may
   * belong to a revision that was prepared before this process started.
   */
  boolean hasRetired() {
    return hasRetired;
  }
}
