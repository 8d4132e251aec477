package io.directfaas.graph.watch;

import io.directfaas.graph.Graph;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The side of the fabric. Calls come one at a time, the next one after the last one's stage has
 * completed. A stage that completes exceptionally is reported to the owner with its message and
 * tried again. A stage that completes normally names the switches it did not wait for any longer:
 * they carry no more than they did, and are brought up to date when they come back.
 *
 * <p>After a {@link GraphWatcher} has connected for the first time it calls {@code prepare} with
 * whatever is current: flows that a switch already holds must not be removed before the first
 * {@code retire}.
 */
public interface FabricSubscriber {
  /**
   * Carry everything that {@code target} allows, and keep carrying what was allowed by every
   * revision that is not retired yet. Completes after the barrier of every switch that is there.
   */
  CompletionStage<List<Laggard>> prepare(Graph target);

  /**
   * From now on carry exactly what the graphs of {@code revision} and later ones allow; forget the
   * earlier ones. Completes after the barrier of every switch.
   */
  CompletionStage<List<Laggard>> retire(long revision);
}
