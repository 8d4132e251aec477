package io.directfaas.xds.resources;

import com.google.protobuf.UInt32Value;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Names;
import io.directfaas.graph.Replica;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.SelfConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a gRPC client asks for when it speaks xDS itself, without a sidecar: the listener {@code
 * <fn>.<ns>}, or {@code <fn>.<ns>:8080}, for a channel to {@code xds:///<fn>.<ns>}; behind it
 * route, cluster and endpoints {@code grpc/<ns>/<fn>}. Made when asked for by name, and kept
 * nowhere: who has no such client pays nothing.
 *
 * <p>They are resources of their own because gRPC knows less than Envoy and refuses what it does
 * not know (gRFC A27 and those that build on it): no balancing by least requests in every language,
 * no endpoints outside a locality with a weight.
 */
final class ProxylessResources {
  private static final String PREFIX = "grpc/";
  private static final String PORT = ":8080";

  private ProxylessResources() {}

  /**
   * The resource of that name, or null where the caller has no edge to the function it names. Only
   * a listener there is even so, without a route: who waits for one that does not come waits 15 s,
   * since no state-of-the-world answer can tell it that none will.
   */
  static @Nullable XdsResource named(
      Graph graph, FunctionRef caller, ResourceType type, String name) {
    FunctionRef callee = type.equals(ResourceType.LISTENER) ? ofTarget(name) : ofName(name);
    if (callee == null) {
      return null;
    }
    if (!mayCall(graph, caller, callee)) {
      return type.equals(ResourceType.LISTENER)
          ? Resources.of(type, name, refusal(name, caller, callee))
          : null;
    }
    if (type.equals(ResourceType.LISTENER)) {
      return Resources.of(type, name, listener(name, ResourceNames.proxyless(callee)));
    } else if (type.equals(ResourceType.ROUTE)) {
      return Resources.of(type, name, routes(name));
    } else if (type.equals(ResourceType.CLUSTER)) {
      return Resources.of(type, name, cluster(name), new ResourceKey(ResourceType.ENDPOINT, name));
    } else if (type.equals(ResourceType.ENDPOINT)) {
      return Resources.of(type, name, endpoints(name, graph, callee));
    }
    return null;
  }

  /** Over an edge that is carried by mTLS a replica takes no call that bypasses its sidecar. */
  private static boolean mayCall(Graph graph, FunctionRef caller, FunctionRef callee) {
    return graph.edgesFrom(caller).stream()
        .anyMatch(edge -> edge.callee().equals(callee) && edge.dataPath() == DataPath.FABRIC);
  }

  private static @Nullable FunctionRef ofName(String name) {
    int slash = name.indexOf('/', PREFIX.length());
    return name.startsWith(PREFIX) && slash > 0
        ? ref(name.substring(PREFIX.length(), slash), name.substring(slash + 1))
        : null;
  }

  private static @Nullable FunctionRef ofTarget(String target) {
    String host =
        target.endsWith(PORT) ? target.substring(0, target.length() - PORT.length()) : target;
    int dot = host.indexOf('.');
    return dot > 0 ? ref(host.substring(dot + 1), host.substring(0, dot)) : null;
  }

  private static @Nullable FunctionRef ref(String namespace, String name) {
    return Names.isDnsLabel(namespace) && Names.isDnsLabel(name)
        ? new FunctionRef(namespace, name)
        : null;
  }

  private static Listener listener(String name, String routes) {
    return listener(
        name,
        HttpConnectionManager.newBuilder()
            .setRds(
                Rds.newBuilder()
                    .setRouteConfigName(routes)
                    .setConfigSource(CalleeResources.ads())));
  }

  /** gRFC A27: a call for which there is no virtual host fails with UNAVAILABLE, at once. */
  private static Listener refusal(String name, FunctionRef caller, FunctionRef callee) {
    return listener(
        name,
        HttpConnectionManager.newBuilder()
            .setRouteConfig(
                RouteConfiguration.newBuilder()
                    .setName("no edge " + caller + " -> " + callee + " on the fabric")));
  }

  private static Listener listener(String name, HttpConnectionManager.Builder manager) {
    HttpConnectionManager whole =
        manager
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(Resources.pack(Router.getDefaultInstance())))
            .build();
    return Listener.newBuilder()
        .setName(name)
        .setApiListener(ApiListener.newBuilder().setApiListener(Resources.pack(whole)))
        .build();
  }

  private static RouteConfiguration routes(String name) {
    return RouteConfiguration.newBuilder()
        .setName(name)
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("calls")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix(""))
                        .setRoute(RouteAction.newBuilder().setCluster(name))))
        .build();
  }

  private static Cluster cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(
            Cluster.EdsClusterConfig.newBuilder()
                .setEdsConfig(CalleeResources.ads())
                .setServiceName(name))
        .setLbPolicy(Cluster.LbPolicy.ROUND_ROBIN)
        // Its loads come to where the cluster came from.
        .setLrsServer(
            ConfigSource.newBuilder()
                .setSelf(SelfConfigSource.newBuilder().setTransportApiVersion(ApiVersion.V3))
                .setResourceApiVersion(ApiVersion.V3))
        .build();
  }

  /** One locality per node, weighted so that every replica gets the same share. */
  private static ClusterLoadAssignment endpoints(String name, Graph graph, FunctionRef callee) {
    Map<String, LocalityLbEndpoints.Builder> byNode = new TreeMap<>();
    TreeSet<Replica> ready =
        new TreeSet<>(
            Comparator.comparing(Replica::ip)
                .thenComparing(Replica::port)
                .thenComparing(Replica::id));
    graph.replicasOf(callee).stream().filter(Replica::isReady).forEach(ready::add);
    for (Replica replica : ready) {
      byNode
          .computeIfAbsent(
              replica.node(),
              node ->
                  LocalityLbEndpoints.newBuilder().setLocality(Locality.newBuilder().setZone(node)))
          .addLbEndpoints(endpoint(replica));
    }
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(name);
    for (LocalityLbEndpoints.Builder locality : byNode.values()) {
      assignment.addEndpoints(
          locality.setLoadBalancingWeight(UInt32Value.of(locality.getLbEndpointsCount())));
    }
    return assignment.build();
  }

  private static LbEndpoint endpoint(Replica replica) {
    return LbEndpoint.newBuilder()
        .setHealthStatus(HealthStatus.HEALTHY)
        .setLoadBalancingWeight(UInt32Value.of(1))
        .setEndpoint(
            Endpoint.newBuilder()
                .setAddress(
                    Address.newBuilder()
                        .setSocketAddress(
                            SocketAddress.newBuilder()
                                .setAddress(replica.ip().toString())
                                .setPortValue(replica.port()))))
        .build();
  }
}
