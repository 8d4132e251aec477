package io.directfaas.xds.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.resources.ResourceNames;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which functions a workload may have called, by the graph of the moment. */
public final class Callees {
  private final Supplier<@Nullable Graph> graph;

  /**
   * @param graph null until the first has come; nobody is believed before
   */
  public Callees(Supplier<@Nullable Graph> graph) {
    this.graph = graph;
  }

  boolean mayCall(WorkloadIdentity caller, FunctionRef callee) {
    Graph now = graph.get();
    return now != null && now.edge(caller.function(), callee).isPresent();
  }

  /** The function of a cluster's name, if the workload may call it. */
  Optional<FunctionRef> ofCluster(WorkloadIdentity caller, String cluster) {
    return ResourceNames.functionOfCluster(cluster).filter(callee -> mayCall(caller, callee));
  }

  /** The names of the clusters of all its callees, whichever kind of client it is. */
  List<String> clusters(WorkloadIdentity caller) {
    Graph now = graph.get();
    return now == null
        ? List.of()
        : now.edgesFrom(caller.function()).stream()
            .flatMap(
                edge ->
                    Stream.of(
                        ResourceNames.cluster(edge.callee()),
                        ResourceNames.proxyless(edge.callee())))
            .sorted()
            .toList();
  }
}
