package io.directfaas.sdn.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;

/** Collects the flows and meters that the features contribute. */
final class FlowSink {
  private final Map<Flow.Key, Flow> flows = new HashMap<>();
  private final Map<Integer, Meter> meters = new HashMap<>();
  private final Map<EdgeFlow, Flow> edgeFlows;
  private final Map<EdgeFlow, Flow> knownEdgeFlows;

  /** What one of the many flows that edges have is made of, and nothing else. */
  record EdgeFlow(Table table, int sourceId, int destinationId, int tcpPort) {
    /** Ids are small and dense: a sum of small multiples of them would be the same for many. */
    @Override
    public int hashCode() {
      return Long.hashCode(
          ((long) sourceId << 40 ^ (long) destinationId << 16 ^ tcpPort ^ table.number())
              * 0x9E3779B97F4A7C15L);
    }
  }

  /**
   * @param known such flows as were made before; making one costs more than all else about it
   */
  FlowSink(Map<EdgeFlow, Flow> known) {
    knownEdgeFlows = known;
    edgeFlows = HashMap.newHashMap(known.size());
  }

  void add(
      Table table, int priority, Match match, Cookie cookie, List<? extends OFInstruction> then) {
    put(new Flow(new Flow.Key(table, priority, match), List.copyOf(then), cookie));
  }

  /** The same for a flow that is wholly determined by what it is made of. */
  void add(EdgeFlow of, Function<EdgeFlow, Flow> maker) {
    Flow known = knownEdgeFlows.get(of);
    Flow flow = known == null ? maker.apply(of) : known;
    edgeFlows.put(of, flow);
    put(flow);
  }

  private void put(Flow flow) {
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

  Map<EdgeFlow, Flow> edgeFlows() {
    return edgeFlows;
  }

  Map<Integer, Meter> meters() {
    return meters;
  }
}
