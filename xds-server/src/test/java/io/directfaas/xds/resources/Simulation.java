package io.directfaas.xds.resources;

import com.google.protobuf.InvalidProtocolBufferException;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks the generated messages, without any Envoy, what would become of a call. */
final class Simulation {
  /**
   * @param path how the call would be carried, or null if it would not pass
   * @param reason who stops it
   */
  record Outcome(@Nullable DataPath path, String reason) {
    boolean passes() {
      return path != null;
    }

    static Outcome stops(String reason) {
      return new Outcome(null, reason);
    }
  }

  private Simulation() {}

  /**
   * @param callee what the callee's sidecar holds, or null where it has none
   */
  static Outcome call(
      FunctionRef from, ResourceView caller, FunctionRef to, @Nullable ResourceView callee)
      throws InvalidProtocolBufferException {
    Optional<Route> route = route(from, caller, "/function/" + to.name() + "." + to.namespace());
    if (route.isEmpty() || !route.get().hasRoute()) {
      return Outcome.stops("no route");
    }
    XdsResource found = caller.get(ResourceType.CLUSTER, route.get().getRoute().getCluster());
    if (found == null) {
      return Outcome.stops("no cluster");
    }
    Cluster cluster = Cluster.parseFrom(found.body().getValue());
    List<Integer> ports = ports(caller, cluster);
    if (ports == null) {
      return Outcome.stops("no endpoints");
    }
    boolean inbound = ports.stream().allMatch(port -> port == SidecarPorts.STANDARD.inbound());
    if (!cluster.hasTransportSocket()) {
      return inbound && !ports.isEmpty()
          ? Outcome.stops("plaintext to a TLS port")
          : new Outcome(DataPath.FABRIC, "");
    }
    if (!inbound) {
      return Outcome.stops("TLS to the function's port");
    }
    String meant =
        cluster
            .getTransportSocket()
            .getTypedConfig()
            .unpack(UpstreamTlsContext.class)
            .getCommonTlsContext()
            .getCombinedValidationContext()
            .getDefaultValidationContext()
            .getMatchTypedSubjectAltNames(0)
            .getMatcher()
            .getExact();
    if (!meant.equals(id(to))) {
      return Outcome.stops("the callee's certificate is not " + meant);
    }
    return admitted(from, to, callee)
        ? new Outcome(DataPath.MTLS, "")
        : Outcome.stops("the callee's sidecar");
  }

  private static String id(FunctionRef function) {
    return new SpiffeId(EnvoyResources.TRUST_DOMAIN, function).toString();
  }

  /** The virtual host of calls by path: one of any name, or at the ingress the function's own. */
  static VirtualHost host(FunctionRef from, ResourceView caller, String path)
      throws InvalidProtocolBufferException {
    XdsResource found = caller.get(ResourceType.ROUTE, ResourceNames.routes(from));
    if (found == null) {
      return VirtualHost.getDefaultInstance();
    }
    RouteConfiguration routes = RouteConfiguration.parseFrom(found.body().getValue());
    if (!routes.hasVhds()) {
      return routes.getVirtualHosts(0);
    }
    VirtualHost best = VirtualHost.getDefaultInstance();
    int fitting = -1;
    for (String name : caller.names(ResourceType.VIRTUAL_HOST)) {
      XdsResource resource =
          Objects.requireNonNull(caller.get(ResourceType.VIRTUAL_HOST, name), name);
      VirtualHost host = VirtualHost.parseFrom(resource.body().getValue());
      for (String domain : host.getDomainsList()) {
        int fits = fits(domain, path.toLowerCase(Locale.ROOT));
        if (fits > fitting) {
          fitting = fits;
          best = host;
        }
      }
    }
    return best;
  }

  /** As Envoy prefers them: a whole one, then the longest beginning. */
  private static int fits(String domain, String path) {
    if (domain.equals(path)) {
      return Integer.MAX_VALUE;
    }
    String beginning = domain.substring(0, domain.length() - 1);
    boolean matches =
        domain.endsWith("*") && path.startsWith(beginning) && path.length() > beginning.length();
    return matches ? beginning.length() : -1;
  }

  private static Optional<Route> route(FunctionRef from, ResourceView caller, String path)
      throws InvalidProtocolBufferException {
    return host(from, caller, path).getRoutesList().stream()
        .filter(
            route ->
                route.getMatch().hasPath()
                    ? route.getMatch().getPath().equals(path)
                    : route.getMatch().hasPrefix() && path.startsWith(route.getMatch().getPrefix()))
        .findFirst();
  }

  private static @Nullable List<Integer> ports(ResourceView view, Cluster cluster)
      throws InvalidProtocolBufferException {
    XdsResource endpoints =
        view.get(ResourceType.ENDPOINT, cluster.getEdsClusterConfig().getServiceName());
    if (endpoints == null) {
      return null;
    }
    return ClusterLoadAssignment.parseFrom(endpoints.body().getValue()).getEndpointsList().stream()
        .flatMap(locality -> locality.getLbEndpointsList().stream())
        .map(LbEndpoint::getEndpoint)
        .map(endpoint -> endpoint.getAddress().getSocketAddress().getPortValue())
        .toList();
  }

  /** Whether the callee's sidecar lets this caller in, however the caller comes to call. */
  static boolean admitted(FunctionRef from, FunctionRef to, @Nullable ResourceView callee)
      throws InvalidProtocolBufferException {
    XdsResource found =
        callee == null ? null : callee.get(ResourceType.LISTENER, ResourceNames.INBOUND);
    if (callee == null || found == null) {
      return false;
    }
    Listener listener = Listener.parseFrom(found.body().getValue());
    DownstreamTlsContext tls =
        listener
            .getFilterChains(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(DownstreamTlsContext.class);
    HttpConnectionManager manager =
        listener
            .getFilterChains(0)
            .getFilters(0)
            .getTypedConfig()
            .unpack(HttpConnectionManager.class);
    XdsResource routes = callee.get(ResourceType.ROUTE, manager.getRds().getRouteConfigName());
    if (!tls.getRequireClientCertificate().getValue()
        || routes == null
        || callee.get(ResourceType.CLUSTER, ResourceNames.LOCAL) == null) {
      return false;
    }
    RBACPerRoute rbac =
        RouteConfiguration.parseFrom(routes.body().getValue())
            .getVirtualHosts(0)
            .getTypedPerFilterConfigOrThrow("envoy.filters.http.rbac")
            .unpack(RBACPerRoute.class);
    for (Policy policy : rbac.getRbac().getRules().getPoliciesMap().values()) {
      for (Principal principal : policy.getPrincipalsList()) {
        if (principal.getAuthenticated().getPrincipalName().getExact().equals(id(from))) {
          return true;
        }
      }
    }
    return false;
  }
}
