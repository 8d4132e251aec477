package io.directfaas.graph.load;

import java.util.List;

/**
 * What a reporter has to say.
 *
 * @param calls the sources whose counts changed
 * @param loads every edge that has any load; replaces the reporter's last word
 */
public record LoadReport(List<SourceCalls> calls, List<EdgeLoad> loads) {
  public LoadReport {
    calls = List.copyOf(calls);
    loads = List.copyOf(loads);
  }
}
