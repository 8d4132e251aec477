package io.directfaas.graph.activation;

import io.directfaas.graph.FunctionRef;
import java.util.concurrent.CompletableFuture;

/** Starts functions that calls wait for. */
public interface Activator {
  /**
   * Has the callee started, if it has no ready replica.
   *
   * @return completes when it has one, or will have none in time; cancelling it frees what the call
   *     holds, and nothing else
   */
  CompletableFuture<Outcome> activate(FunctionRef caller, FunctionRef callee);

  /** What became of it. */
  sealed interface Outcome {
    /**
     * @param revision of the graph in which the callee is ready
     */
    record Ready(long revision) implements Outcome {}

    /**
     * @param status the HTTP status for the caller
     * @param text one line for people
     */
    record Refused(int status, String text) implements Outcome {}
  }
}
