package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where outside callers enter: public functions, and the control API beside them. */
final class IngressResources {
  private final IngressConfig config;

  IngressResources(IngressConfig config) {
    this.config = config;
  }

  List<XdsResource> of(Graph graph) {
    String routes = ResourceNames.routes(FunctionRef.INGRESS);
    List<XdsResource> resources = new ArrayList<>();
    if (config.queueSocket() != null) {
      resources.add(AsyncRoutes.cluster(config.queueSocket()));
    }
    resources.addAll(of(graph, routes));
    return resources;
  }

  private List<XdsResource> of(Graph graph, String routes) {
    return List.of(
        Resources.of(
            ResourceType.CLUSTER,
            ResourceNames.GATEWAY,
            UnixCluster.of(ResourceNames.GATEWAY, config.gatewaySocket())),
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

  private VirtualHost.Builder host(Graph graph) {
    VirtualHost.Builder host = VirtualHost.newBuilder();
    graph.edgesFrom(FunctionRef.INGRESS).stream()
        .sorted(Comparator.comparing(Edge::callee))
        .forEach(
            edge -> {
              FunctionRef callee = edge.callee();
              if (callee.namespace().equals(config.defaultNamespace())) {
                CallRoutes.function(host, callee.name(), graph, edge, config.queueSocket() != null);
              }
              CallRoutes.function(
                  host,
                  callee.name() + "." + callee.namespace(),
                  graph,
                  edge,
                  config.queueSocket() != null);
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
    CallRoutes.rest(host, config.queueSocket() != null);
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
