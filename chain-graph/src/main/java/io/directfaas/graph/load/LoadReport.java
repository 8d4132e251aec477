package io.directfaas.graph.load;

import io.directfaas.graph.FunctionRef;
import java.util.List;
import java.util.Set;

/**
 * What a reporter has to say.
 *
 * @param calls the sources whose counts changed
 * @param loads every edge that has any load; replaces the reporter's last word
 * @param busy functions that carry traffic, whoever calls them; replaces the reporter's last word
 */
public record LoadReport(List<SourceCalls> calls, List<EdgeLoad> loads, Set<FunctionRef> busy) {
  public LoadReport {
    calls = List.copyOf(calls);
    loads = List.copyOf(loads);
    busy = Set.copyOf(busy);
  }

  public LoadReport(List<SourceCalls> calls, List<EdgeLoad> loads) {
    this(calls, loads, Set.of());
  }
}
