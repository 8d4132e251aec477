package io.directfaas.sdn.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;

/** Collects the flows and meters that the features contribute. */
final class FlowSink {
  private final Map<Flow.Key, Flow> flows = new HashMap<>();
  private final Map<Integer, Meter> meters = new HashMap<>();

  void add(
      Table table, int priority, Match match, Cookie cookie, List<? extends OFInstruction> then) {
    Flow flow = new Flow(new Flow.Key(table, priority, match), List.copyOf(then), cookie);
    Flow before = flows.put(flow.key(), flow);
    if (before != null && !before.equals(flow)) {
      throw new IllegalStateException("two features claim " + flow.key());
    }
  }

  void add(Meter meter) {
    meters.put(meter.id(), meter);
  }

  /** Drops and counts. */
  void drop(Table table, int priority, Match match, FlowKind reason, int functionId) {
    add(table, priority, match, new Cookie(reason, functionId), List.of());
  }

  /**
   * Drops and counts, and shows us a few: to the controller through the tenant's meter, which holds
   * back the rest where it costs the switch no more than dropping it.
   */
  void dropAndSample(
      Table table, int priority, Match match, FlowKind reason, int functionId, int tenantId) {
    add(
        table,
        priority,
        match,
        new Cookie(reason, functionId),
        List.of(Of.meter(Meter.idOf(Meter.Purpose.SAMPLE, tenantId)), Of.apply(Of.toController())));
  }

  Map<Flow.Key, Flow> flows() {
    return flows;
  }

  Map<Integer, Meter> meters() {
    return meters;
  }
}
