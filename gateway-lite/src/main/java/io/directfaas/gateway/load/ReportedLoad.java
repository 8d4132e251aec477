package io.directfaas.gateway.load;

import io.directfaas.graph.load.LoadReport;
import io.directfaas.graph.load.LoadSink;
import java.util.concurrent.CompletionStage;

/** Sorts a report: its loads to the loads, its counts to the counts. */
public final class ReportedLoad implements LoadSink {
  private final CallCounts counts;
  private final Loads loads;

  public ReportedLoad(CallCounts counts, Loads loads) {
    this.counts = counts;
    this.loads = loads;
  }

  @Override
  public CompletionStage<Void> take(String reporter, LoadReport report) {
    loads.put(reporter, report.loads(), report.busy());
    return counts.take(report.calls());
  }

  @Override
  public void lost(String reporter) {
    loads.lost(reporter);
  }
}
