package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
