package io.directfaas.xds.resources;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.StatusCodeFilter;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.config.core.v3.RuntimeUInt32;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Function;

/**
 * A sidecar's inbound side on the mtls data path: only who has an edge to the function, and proves
 * it by certificate, reaches it.
 *
 * <p>Who may call stands in the route, not in the listener: a new route holds at once and for
 * connections that are open already, while a new listener would leave them to the old rules until
 * they have drained.
 */
final class InboundResources {
  /** Finds out that a caller's sidecar is gone while its calls are silent. */
  private static final Duration PING = Duration.newBuilder().setSeconds(60).build();

  private static final Duration PING_TIMEOUT = Duration.newBuilder().setSeconds(30).build();

  private static final String RBAC_FILTER = "envoy.filters.http.rbac";

  private final Function<FunctionRef, SpiffeId> ids;
  private final Function<FunctionRef, SidecarPorts> ports;

  InboundResources(Function<FunctionRef, SpiffeId> ids, Function<FunctionRef, SidecarPorts> ports) {
    this.ids = ids;
    this.ports = ports;
  }

  List<XdsResource> of(FunctionRef function, SortedSet<FunctionRef> callers) {
    String routes = ResourceNames.inboundRoutes(function);
    return List.of(
        Resources.of(
            ResourceType.CLUSTER, ResourceNames.LOCAL, local(ports.apply(function).function())),
        Resources.of(
            ResourceType.LISTENER,
            ResourceNames.INBOUND,
            listener(ports.apply(function).inbound(), routes),
            MutualTls.IDENTITY,
            MutualTls.TRUST),
        Resources.of(ResourceType.ROUTE, routes, routes(routes, function, callers)));
  }

  private static Cluster local(int port) {
    return CalleeResources.base(ResourceNames.LOCAL)
        .setType(Cluster.DiscoveryType.STATIC)
        .setCircuitBreakers(ClusterPolicy.unlimited())
        .setLoadAssignment(
            ClusterLoadAssignment.newBuilder()
                .setClusterName(ResourceNames.LOCAL)
                .addEndpoints(
                    LocalityLbEndpoints.newBuilder()
                        .addLbEndpoints(CalleeResources.endpoint("127.0.0.1", port))))
        .putTypedExtensionProtocolOptions(
            CalleeResources.HTTP_OPTIONS, Resources.pack(CalleeResources.http1().build()))
        .build();
  }

  private static Listener listener(int port, String routes) {
    return Listener.newBuilder()
        .setName(ResourceNames.INBOUND)
        // Replicas of one function share a configuration, so their own address cannot be in it.
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress("0.0.0.0").setPortValue(port)))
        .setTcpBacklogSize(UInt32Value.of(1024))
        .addFilterChains(
            FilterChain.newBuilder()
                .setTransportSocket(MutualTls.called())
                .setTransportSocketConnectTimeout(Duration.newBuilder().setSeconds(10))
                .addFilters(
                    Filter.newBuilder()
                        .setName("envoy.filters.network.http_connection_manager")
                        .setTypedConfig(Resources.pack(manager(routes)))))
        .build();
  }

  /** Headers are as the caller's sidecar made them; this one adds none. */
  private static HttpConnectionManager manager(String routes) {
    return HttpConnectionManager.newBuilder()
        .setStatPrefix(ResourceNames.INBOUND)
        .setRds(Rds.newBuilder().setRouteConfigName(routes).setConfigSource(CalleeResources.ads()))
        .setUseRemoteAddress(BoolValue.of(false))
        .setSkipXffAppend(true)
        .setInternalAddressConfig(
            InternalAddressConfig.newBuilder().addCidrRanges(HttpListener.nobody()))
        .setGenerateRequestId(BoolValue.of(false))
        .setPreserveExternalRequestId(true)
        .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
        .setHttp2ProtocolOptions(
            http2().toBuilder()
                .setConnectionKeepalive(
                    KeepaliveSettings.newBuilder().setInterval(PING).setTimeout(PING_TIMEOUT)))
        .setCommonHttpProtocolOptions(
            HttpProtocolOptions.newBuilder().setIdleTimeout(HttpListener.IDLE))
        .setMaxRequestHeadersKb(UInt32Value.of(HttpListener.MAX_HEADERS_KIB))
        // How long a call may be silent its caller's sidecar decides.
        .setStreamIdleTimeout(Duration.getDefaultInstance())
        .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
        .setLocalReplyConfig(localReplies())
        .addHttpFilters(
            HttpFilter.newBuilder()
                .setName(RBAC_FILTER)
                // Rules without a policy admit nobody; the route says who may.
                .setTypedConfig(Resources.pack(RBAC.newBuilder().setRules(rules()).build())))
        .addHttpFilters(
            HttpFilter.newBuilder()
                .setName("envoy.filters.http.router")
                .setTypedConfig(
                    Resources.pack(Router.newBuilder().setSuppressEnvoyHeaders(true).build())))
        .build();
  }

  private static LocalReplyConfig localReplies() {
    return LocalReplyConfig.newBuilder()
        .addMappers(unreached())
        .addAllMappers(HttpListener.localReplies().getMappersList())
        .addMappers(refusal())
        .build();
  }

  /**
   * No connection, so the function has not seen the call: its caller may take another replica,
   * whatever the method.
   */
  private static ResponseMapper unreached() {
    return ResponseMapper.newBuilder()
        .setFilter(HttpListener.flags("UF"))
        .setStatusCode(UInt32Value.of(502))
        .setBodyFormatOverride(HttpListener.UNREACHABLE)
        .addHeadersToAdd(HttpListener.internal())
        .addHeadersToAdd(
            HttpListener.header(
                RoutePolicy.UNREACHED, "1", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
        .build();
  }

  /** The only 403 that is not the function's own. */
  private static ResponseMapper refusal() {
    return ResponseMapper.newBuilder()
        .setFilter(
            AccessLogFilter.newBuilder()
                .setStatusCodeFilter(
                    StatusCodeFilter.newBuilder()
                        .setComparison(
                            ComparisonFilter.newBuilder()
                                .setOp(ComparisonFilter.Op.EQ)
                                .setValue(
                                    RuntimeUInt32.newBuilder()
                                        .setDefaultValue(403)
                                        .setRuntimeKey("directfaas.refusal")))))
        .setBodyFormatOverride(
            HttpListener.text("no edge %DOWNSTREAM_PEER_URI_SAN% -> %ROUTE_NAME%\n"))
        .build();
  }

  /** Between sidecars: many calls on one connection, and an end that never meets a request. */
  static Http2ProtocolOptions http2() {
    return Http2ProtocolOptions.newBuilder()
        // WebSocket, as extended CONNECT.
        .setAllowConnect(true)
        .setInitialStreamWindowSize(UInt32Value.of(1 << 20))
        .setInitialConnectionWindowSize(UInt32Value.of(16 << 20))
        .build();
  }

  private RouteConfiguration routes(
      String name, FunctionRef function, SortedSet<FunctionRef> callers) {
    return RouteConfiguration.newBuilder()
        .setName(name)
        // Not for a function to say.
        .addResponseHeadersToRemove(RoutePolicy.UNREACHED)
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("function")
                .addDomains("*")
                .putTypedPerFilterConfig(
                    RBAC_FILTER,
                    Resources.pack(
                        RBACPerRoute.newBuilder()
                            .setRbac(
                                RBAC.newBuilder()
                                    .setRules(rules().putPolicies("callers", policy(callers))))
                            .build()))
                .addRoutes(
                    Route.newBuilder()
                        .setName(function.toString())
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster(ResourceNames.LOCAL)
                                .setTimeout(CallRoutes.NO_LIMIT)
                                .setRetryPolicy(RoutePolicy.unseen()))))
        .build();
  }

  private static io.envoyproxy.envoy.config.rbac.v3.RBAC.Builder rules() {
    return io.envoyproxy
        .envoy
        .config
        .rbac
        .v3
        .RBAC
        .newBuilder()
        .setAction(io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.ALLOW);
  }

  private Policy policy(SortedSet<FunctionRef> callers) {
    Policy.Builder policy =
        Policy.newBuilder().addPermissions(Permission.newBuilder().setAny(true));
    for (FunctionRef caller : callers) {
      policy.addPrincipals(
          Principal.newBuilder()
              .setAuthenticated(
                  Principal.Authenticated.newBuilder()
                      .setPrincipalName(
                          StringMatcher.newBuilder().setExact(ids.apply(caller).toString()))));
    }
    return policy.build();
  }
}
