package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.FlowMap;
import io.directfaas.sdn.pipeline.Meter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What all retained graphs want together. Where two want different things of the same packets, the
 * newer one has its way.
 *
 * @param flows every flow
 * @param meters every meter, by id
 * @param newest what the newest graph alone wants, and what of it cannot be had
 */
record WantedFlows(FlowMap flows, Map<Integer, Meter> meters, Compiled newest) {

  /**
   * @param oldestFirst what each graph wants
   * @param grants how far what only the newest of them allows is opened
   */
  static WantedFlows of(List<Compiled> oldestFirst, Target.Grants grants) {
    FlowMap flows = FlowMap.EMPTY;
    Map<Integer, Meter> meters = Map.of();
    Compiled newest = Compiled.NOTHING;
    for (int i = 0; i < oldestFirst.size(); i++) {
      newest = oldestFirst.get(i);
      boolean atDestination = grants == Target.Grants.AT_DESTINATION && i == oldestFirst.size() - 1;
      flows =
          atDestination ? withoutNewCallsToElsewhere(flows, newest) : flows.with(newest.flows());
      meters = union(meters, newest.meters());
    }
    return new WantedFlows(flows, meters, newest);
  }

  /** With all but what an edge lets out of this node, towards a function that is only on others. */
  private static FlowMap withoutNewCallsToElsewhere(FlowMap older, Compiled newest) {
    Map<Flow.Key, Flow> put = new HashMap<>();
    for (Flow.Key key : older.mayDiffer(newest.flows())) {
      Flow flow = newest.flows().get(key);
      if (flow != null && (older.containsKey(key) || !callsElsewhere(flow, newest))) {
        put.put(key, flow);
      }
    }
    return older.with(put);
  }

  private static boolean callsElsewhere(Flow flow, Compiled newest) {
    return flow.cookie().kind() == FlowKind.EDGE && !newest.hosts(flow.edgeDestination());
  }

  private static Map<Integer, Meter> union(Map<Integer, Meter> older, Map<Integer, Meter> newer) {
    if (older.isEmpty() || older.equals(newer)) {
      return newer;
    }
    Map<Integer, Meter> all = new HashMap<>(older);
    all.putAll(newer);
    return all;
  }
}
