package io.directfaas.xds.store;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes resources from the graph: pure functions, and deterministic down to the last byte, so that
 * every server process makes the same versions.
 */
public interface ResourceFactory {
  /**
   * What the sidecars of this function need for themselves. May depend on nothing but the
   * function's name, the edges from it, the functions they lead to, and whether those have a ready
   * replica. A resource with the name of a callee's takes its place for this function.
   */
  List<XdsResource> own(Graph graph, FunctionRef function);

  /**
   * What the sidecars of an edge's caller need for this edge alone; made anew with the edge, and no
   * other edge of the caller with it. May depend on nothing but the edge, the function it leads to,
   * and whether that has a ready replica. Its names are its own: no other method's resources have
   * them.
   */
  default List<XdsResource> edge(Graph graph, Edge edge) {
    return List.of();
  }

  /**
   * What the sidecars of every caller need to reach this function. May depend on nothing but the
   * function, its replicas and the edges to it. Shared by all callers.
   */
  List<XdsResource> callee(Graph graph, FunctionRef function);

  /**
   * What the sidecars of this function need to be called through them.
   *
   * @param callers who calls it so; not empty
   */
  default List<XdsResource> inbound(FunctionRef function, SortedSet<FunctionRef> callers) {
    return List.of();
  }

  /**
   * What clients of this function may ask for by name, and no wildcard shows; made when asked for.
   * May depend on nothing but the caller's name and edges and its callees' replicas.
   */
  default @Nullable XdsResource named(
      Graph graph, FunctionRef caller, ResourceType type, String name) {
    return null;
  }
}
