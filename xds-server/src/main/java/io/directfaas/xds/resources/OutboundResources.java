package io.directfaas.xds.resources;

import io.directfaas.graph.CallsByName;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar's outbound side: what the gateway address leads to from inside a function, by path and
 * by host name.
 */
final class OutboundResources {
  private final Function<FunctionRef, SidecarPorts> ports;
  private final CalleeResources callees;
  private final @Nullable String queueSocket;

  /**
   * @param queueSocket where asynchronous calls go, or null where there are none
   */
  OutboundResources(
      Function<FunctionRef, SidecarPorts> ports,
      CalleeResources callees,
      @Nullable String queueSocket) {
    this.ports = ports;
    this.callees = callees;
    this.queueSocket = queueSocket;
  }

  List<XdsResource> of(Graph graph, FunctionRef caller) {
    String routes = ResourceNames.routes(caller);
    SocketAddress address =
        SocketAddress.newBuilder()
            .setAddress("127.0.0.1")
            .setPortValue(ports.apply(caller).outbound())
            .build();
    List<XdsResource> resources = new ArrayList<>();
    if (queueSocket != null) {
      resources.add(AsyncRoutes.cluster(queueSocket));
    }
    for (Edge edge : graph.edgesFrom(caller)) {
      XdsResource own = callees.of(graph, edge);
      if (own != null) {
        resources.add(own);
      }
    }
    resources.add(
        Resources.of(
            ResourceType.LISTENER,
            ResourceNames.OUTBOUND,
            HttpListener.of(
                ResourceNames.OUTBOUND, address, routes, RefusalScript.undeclared(caller))));
    resources.add(
        Resources.of(
            ResourceType.ROUTE,
            routes,
            HttpListener.routes(routes, host(graph, caller))
                // Clients name the port or not; whatever they say, they have come here.
                .setIgnorePortInHostMatching(true)
                .addAllVirtualHosts(hostsByName(graph, caller))
                .build()));
    return resources;
  }

  /** A host per callee: the callee's name leads to this sidecar when it leads to no replica. */
  private static List<VirtualHost> hostsByName(Graph graph, FunctionRef caller) {
    return graph.edgesFrom(caller).stream()
        .sorted(Comparator.comparing(Edge::callee))
        .filter(edge -> !CallsByName.names(caller, edge.callee()).isEmpty())
        .map(edge -> hostByName(graph, edge))
        .toList();
  }

  private static VirtualHost hostByName(Graph graph, Edge edge) {
    VirtualHost.Builder host =
        VirtualHost.newBuilder()
            .setName(edge.callee().toString())
            .addAllDomains(CallsByName.names(edge.caller(), edge.callee()));
    CallRoutes.whole(host, graph, edge);
    return host.build();
  }

  private VirtualHost.Builder host(Graph graph, FunctionRef caller) {
    VirtualHost.Builder host = VirtualHost.newBuilder();
    graph.edgesFrom(caller).stream()
        .sorted(Comparator.comparing(Edge::callee))
        .forEach(
            edge -> {
              FunctionRef callee = edge.callee();
              if (callee.namespace().equals(caller.namespace())) {
                CallRoutes.function(host, callee.name(), graph, edge, queueSocket != null);
              }
              CallRoutes.function(
                  host, callee.name() + "." + callee.namespace(), graph, edge, queueSocket != null);
            });
    CallRoutes.otherFunctions(host);
    CallRoutes.rest(host, queueSocket != null);
    return host;
  }
}
