package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;

/** Where outside callers enter: public functions, and the control API beside them. */
final class IngressResources {
  private final IngressConfig config;

  IngressResources(IngressConfig config) {
    this.config = config;
  }

  List<XdsResource> of(Graph graph) {
    String routes = ResourceNames.routes(FunctionRef.INGRESS);
    return List.of(
        Resources.of(ResourceType.CLUSTER, ResourceNames.GATEWAY, gateway()),
        Resources.of(
            ResourceType.LISTENER,
            ResourceNames.INGRESS,
            HttpListener.of(
                ResourceNames.INGRESS,
                address(),
                routes,
                RefusalScript.unknown(config.defaultNamespace()))),
        Resources.of(ResourceType.ROUTE, routes, HttpListener.routes(routes, host(graph)).build()));
  }

  private SocketAddress address() {
    SocketAddress.Builder address =
        SocketAddress.newBuilder().setAddress(config.address()).setPortValue(config.port());
    if (config.networkNamespace() != null) {
      address.setNetworkNamespaceFilepath(config.networkNamespace());
    }
    return address.build();
  }

  private Cluster gateway() {
    return Cluster.newBuilder()
        .setName(ResourceNames.GATEWAY)
        .setType(Cluster.DiscoveryType.STATIC)
        .setConnectTimeout(Duration.newBuilder().setSeconds(1))
        .setLoadAssignment(
            ClusterLoadAssignment.newBuilder()
                .setClusterName(ResourceNames.GATEWAY)
                .addEndpoints(
                    LocalityLbEndpoints.newBuilder()
                        .addLbEndpoints(
                            LbEndpoint.newBuilder()
                                .setEndpoint(
                                    Endpoint.newBuilder()
                                        .setAddress(
                                            Address.newBuilder()
                                                .setPipe(
                                                    Pipe.newBuilder()
                                                        .setPath(config.gatewaySocket())))))))
        .build();
  }

  private VirtualHost.Builder host(Graph graph) {
    VirtualHost.Builder host = VirtualHost.newBuilder();
    graph.edgesFrom(FunctionRef.INGRESS).stream()
        .map(Edge::callee)
        .sorted()
        .forEach(
            callee -> {
              if (callee.namespace().equals(config.defaultNamespace())) {
                CallRoutes.function(host, callee.name(), graph, callee);
              }
              CallRoutes.function(host, callee.name() + "." + callee.namespace(), graph, callee);
            });
    CallRoutes.otherFunctions(host);
    control(host, RouteMatch.newBuilder().setPrefix("/system/"));
    control(host, RouteMatch.newBuilder().setPathSeparatedPrefix("/ui"));
    control(host, RouteMatch.newBuilder().setPath("/healthz"));
    host.addRoutes(
        Route.newBuilder()
            .setMatch(RouteMatch.newBuilder().setPath("/"))
            .setRedirect(
                RedirectAction.newBuilder()
                    .setPathRedirect("/ui/")
                    .setResponseCode(RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT)));
    CallRoutes.rest(host);
    return host;
  }

  private static void control(VirtualHost.Builder host, RouteMatch.Builder match) {
    host.addRoutes(
        Route.newBuilder()
            .setName(ResourceNames.GATEWAY)
            .setMatch(match)
            // Logs are followed for as long as their reader likes.
            .setRoute(
                RouteAction.newBuilder()
                    .setCluster(ResourceNames.GATEWAY)
                    .setTimeout(Duration.getDefaultInstance())));
  }
}
