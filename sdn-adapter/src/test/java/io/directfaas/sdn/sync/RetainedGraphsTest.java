package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import org.junit.jupiter.api.Test;

class RetainedGraphsTest {

  private static Graph at(String id, long revision) {
    return Graph.empty(id).apply(new GraphDelta.Builder().build(0, revision));
  }

  @Test
  void keepsAllUntilRetired() {
    RetainedGraphs graphs = RetainedGraphs.NONE.with(at("g", 4)).with(at("g", 5)).with(at("g", 6));
    assertThat(graphs.oldestFirst()).extracting(Graph::revision).containsExactly(4L, 5L, 6L);
    assertThat(graphs.hasRetired()).isFalse();
    assertThat(graphs.retired(5).oldestFirst()).extracting(Graph::revision).containsExactly(5L, 6L);
    assertThat(graphs.retired(5).hasRetired()).isTrue();
  }

  @Test
  void preparingARevisionAgainReplacesIt() {
    RetainedGraphs graphs = RetainedGraphs.NONE.with(at("g", 4)).with(at("g", 4));
    assertThat(graphs.oldestFirst()).hasSize(1);
  }

  @Test
  void retiringForgetsAnotherOwnersGraphWhateverItsRevision() {
    RetainedGraphs graphs = RetainedGraphs.NONE.with(at("old", 90)).with(at("new", 1));
    assertThat(graphs.retired(1).oldestFirst()).extracting(Graph::id).containsExactly("new");
  }

  @Test
  void refusesToRetireEverything() {
    RetainedGraphs graphs = RetainedGraphs.NONE.with(at("g", 4));
    assertThatThrownBy(() -> graphs.retired(5)).hasMessageContaining("newest prepared is 4");
    assertThatThrownBy(() -> RetainedGraphs.NONE.retired(1)).hasMessageContaining("none");
  }
}
