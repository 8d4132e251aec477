package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.Meter;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Site;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What all retained graphs want together. Where two want different things of the same packets, the
 * newer one has its way.
 *
 * @param flows every flow
 * @param meters every meter, by id
 * @param waitingForPort replicas of the newest graph without a port
 * @param ambiguousAddresses addresses in the newest graph that mean more than one replica to
 *     someone
 * @param unknownNodes nodes the newest graph leads to whose address is not known
 */
record WantedFlows(
    Map<Flow.Key, Flow> flows,
    Map<Integer, Meter> meters,
    Set<String> waitingForPort,
    Set<String> ambiguousAddresses,
    Set<String> unknownNodes) {

  /** Compiles, and remembers per graph, since a graph is asked for until it is retired. */
  static final class Compiler {
    private Pipeline.Compiled latest = Pipeline.Compiled.NOTHING;
    private IdentityHashMap<Graph, Pipeline.Compiled> compiled = new IdentityHashMap<>();
    private Site site = Site.only(Map.of());

    WantedFlows compile(Target target, Site current) {
      if (!current.equals(site)) {
        compiled.clear();
        site = current;
      }
      IdentityHashMap<Graph, Pipeline.Compiled> kept = new IdentityHashMap<>();
      Map<Flow.Key, Flow> union = new HashMap<>();
      Map<Integer, Meter> meters = new HashMap<>();
      Graph last = target.graphs().newest().orElse(null);
      Pipeline.Compiled newest = Pipeline.Compiled.NOTHING;
      Pipeline.Compiled before = latest;
      for (Graph graph : target.graphs().oldestFirst()) {
        Pipeline.Compiled known = compiled.get(graph);
        newest = known == null ? Pipeline.compile(graph, site, before) : known;
        before = newest;
        kept.put(graph, newest);
        meters.putAll(newest.meters());
        if (target.grants() == Target.Grants.AT_DESTINATION && graph == last) {
          addWithoutNewCallsToElsewhere(union, newest);
        } else {
          union.putAll(newest.flows());
        }
      }
      compiled = kept;
      latest = newest;
      return new WantedFlows(
          union,
          meters,
          newest.waitingForPort(),
          newest.ambiguousAddresses(),
          newest.unknownNodes());
    }

    /** What an edge lets out of this node, towards a function that is only on others. */
    private static void addWithoutNewCallsToElsewhere(
        Map<Flow.Key, Flow> union, Pipeline.Compiled newest) {
      for (Flow flow : newest.flows().values()) {
        boolean callToElsewhere =
            flow.cookie().kind() == FlowKind.EDGE
                && !newest.localFunctions().contains(flow.edgeDestination());
        if (!callToElsewhere || union.containsKey(flow.key())) {
          union.put(flow.key(), flow);
        }
      }
    }
  }
}
