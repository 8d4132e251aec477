package io.directfaas.graph.watch;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The side of the mesh. Calls come one at a time, as for {@link FabricSubscriber}. */
public interface MeshSubscriber {
  /**
   * Push this graph to the sidecars it concerns.
   *
   * @param target the graph that is to hold
   * @param delta what leads there from the graph of the last call that completed normally, or null
   *     where there was none
   * @return completes when every connected sidecar concerned has acked, or after a bounded wait
   *     with those that have not; empty when none lags
   */
  CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta);
}
