package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Port;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What all retained graphs want together. Where two want different things of the same packets, the
 * newer one has its way.
 *
 * @param flows every flow
 * @param waitingForPort replicas of the newest graph without a port
 * @param ambiguousAddresses addresses in the newest graph that mean more than one replica to
 *     someone
 */
record WantedFlows(
    Map<Flow.Key, Flow> flows, Set<String> waitingForPort, Set<String> ambiguousAddresses) {

  /** Compiles, and remembers per graph, since a graph is asked for until it is retired. */
  static final class Compiler {
    private IdentityHashMap<Graph, Pipeline.Compiled> compiled = new IdentityHashMap<>();
    private Map<String, Port> ports = Map.of();

    WantedFlows compile(Target target, Map<String, Port> currentPorts) {
      if (!currentPorts.equals(ports)) {
        compiled.clear();
        ports = currentPorts;
      }
      IdentityHashMap<Graph, Pipeline.Compiled> kept = new IdentityHashMap<>();
      Map<Flow.Key, Flow> union = new HashMap<>();
      Pipeline.Compiled newest = new Pipeline.Compiled(Map.of(), Set.of(), Set.of());
      for (Graph graph : target.graphs().oldestFirst()) {
        Pipeline.Compiled known = compiled.get(graph);
        newest = known == null ? Pipeline.compile(graph, ports) : known;
        kept.put(graph, newest);
        union.putAll(newest.flows());
      }
      compiled = kept;
      return new WantedFlows(union, newest.waitingForPort(), newest.ambiguousAddresses());
    }
  }
}
