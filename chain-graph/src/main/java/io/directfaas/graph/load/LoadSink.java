package io.directfaas.graph.load;

import java.util.concurrent.CompletionStage;

/** The owner's side. Called by several threads, for one reporter by one at a time. */
public interface LoadSink {
  /**
   * Takes a report.
   *
   * @param reporter its name
   * @return completes when its counts are stored; exceptionally if they cannot be, and the reporter
   *     will send them again
   */
  CompletionStage<Void> take(String reporter, LoadReport report);

  /** The reporter is not connected any more: its loads are of the past. */
  void lost(String reporter);
}
