package io.directfaas.xds.resources;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.UnknownFieldSet;
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
import io.envoyproxy.envoy.config.route.v3.Vhds;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.List;

/** Where outside callers enter: public functions, and the control API beside them. */
final class IngressResources {
  /**
   * {@code RouteConfiguration.vhost_header}: virtual hosts are told apart by this header in place
   * of the authority. The field is newer than the API library's release.
   */
  private static final UnknownFieldSet HOST_BY_PATH =
      UnknownFieldSet.newBuilder()
          .addField(
              18,
              UnknownFieldSet.Field.newBuilder()
                  .addLengthDelimited(ByteString.copyFromUtf8(":path"))
                  .build())
          .build();

  private final IngressConfig config;

  IngressResources(IngressConfig config) {
    this.config = config;
  }

  /** What does not depend on which functions there are. */
  List<XdsResource> of() {
    String routes = ResourceNames.routes(FunctionRef.INGRESS);
    List<XdsResource> resources = new ArrayList<>();
    if (config.queueSocket() != null) {
      resources.add(AsyncRoutes.cluster(config.queueSocket()));
    }
    resources.addAll(of(routes));
    return resources;
  }

  private List<XdsResource> of(String routes) {
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
        Resources.of(
            ResourceType.ROUTE,
            routes,
            HttpListener.routes(routes)
                .setVhds(Vhds.newBuilder().setConfigSource(CalleeResources.ads()))
                .setUnknownFields(HOST_BY_PATH)
                .build()),
        // Apart from the routes, too: Envoy does not listen before it has got a virtual host.
        Resources.of(ResourceType.VIRTUAL_HOST, ResourceNames.INGRESS_REST, rest()));
  }

  private SocketAddress address() {
    SocketAddress.Builder address =
        SocketAddress.newBuilder().setAddress(config.address()).setPortValue(config.port());
    if (config.networkNamespace() != null) {
      address.setNetworkNamespaceFilepath(config.networkNamespace());
    }
    return address.build();
  }

  /**
   * The routes to one public function: a virtual host of its own, whose "domains" are the
   * beginnings of paths. So a change of one function is a change of one resource, and Envoy finds a
   * call's routes by hashing, not by going through those of all functions.
   */
  XdsResource of(Graph graph, Edge edge) {
    FunctionRef callee = edge.callee();
    String name = ResourceNames.ingressHost(callee);
    VirtualHost.Builder host = VirtualHost.newBuilder().setName(name);
    if (callee.namespace().equals(config.defaultNamespace())) {
      function(host, callee.name(), graph, edge);
    }
    function(host, callee.name() + "." + callee.namespace(), graph, edge);
    // The names of others begin like this one's, and Envoy does not tell cases apart in domains.
    CallRoutes.otherFunctions(host);
    if (config.queueSocket() != null) {
      AsyncRoutes.others(host);
    }
    return Resources.of(ResourceType.VIRTUAL_HOST, name, host.build());
  }

  private void function(VirtualHost.Builder host, String token, Graph graph, Edge edge) {
    boolean async = config.queueSocket() != null;
    CallRoutes.function(host, token, graph, edge, async);
    domains(host, CallRoutes.FUNCTIONS + token);
    if (async) {
      domains(host, AsyncRoutes.FUNCTIONS + token);
    }
  }

  /** The longest that fits counts; the star stands for one character at least. */
  private static void domains(VirtualHost.Builder host, String path) {
    host.addDomains(path).addDomains(path + "*");
  }

  /** All that is no public function. */
  private VirtualHost rest() {
    VirtualHost.Builder host =
        VirtualHost.newBuilder().setName(ResourceNames.INGRESS_REST).addDomains("*");
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
    return host.build();
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
