package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** How a function is reached: a cluster and its endpoints, the same for every caller. */
final class CalleeResources {
  static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  /**
   * Shorter than the keep-alive of common servers (Node's is 5 s, the JDK's 30 s): of the two ends
   * of an idle connection ours closes first, so that no request meets a connection that is just
   * closed.
   */
  private static final Duration POOL_IDLE = Duration.newBuilder().setSeconds(4).build();

  private static final Duration CONNECT_TIMEOUT = Duration.newBuilder().setSeconds(1).build();

  /** Of a connection with its TLS handshake, which a busy machine may take a while for. */
  private static final Duration HANDSHAKE_TIMEOUT = Duration.newBuilder().setSeconds(5).build();

  /** Envoy's default of 1024 would refuse calls; limits per edge are the edge's policy. */
  private static final UInt32Value UNLIMITED = UInt32Value.of(1 << 20);

  private final Function<FunctionRef, SpiffeId> ids;
  private final Function<FunctionRef, SidecarPorts> ports;

  CalleeResources(Function<FunctionRef, SpiffeId> ids, Function<FunctionRef, SidecarPorts> ports) {
    this.ids = ids;
    this.ports = ports;
  }

  List<XdsResource> of(Graph graph, FunctionRef function) {
    String name = ResourceNames.cluster(function);
    if (isMtls(graph, function)) {
      String endpoints = ResourceNames.mtlsEndpoints(function);
      return List.of(
          Resources.of(
              ResourceType.CLUSTER,
              name,
              mtls(name, endpoints, function),
              new ResourceKey(ResourceType.ENDPOINT, endpoints),
              MutualTls.IDENTITY,
              MutualTls.TRUST),
          Resources.of(
              ResourceType.ENDPOINT,
              endpoints,
              endpoints(endpoints, graph, function, replica -> ports.apply(function).inbound())));
    }
    return List.of(
        Resources.of(
            ResourceType.CLUSTER, name, fabric(name), new ResourceKey(ResourceType.ENDPOINT, name)),
        Resources.of(ResourceType.ENDPOINT, name, endpoints(name, graph, function, Replica::port)));
  }

  /** A callee's tenant decides how it is called, so that all its callers call it the same way. */
  private static boolean isMtls(Graph graph, FunctionRef function) {
    return graph.edgesTo(function).stream().anyMatch(edge -> edge.dataPath() == DataPath.MTLS);
  }

  private static Cluster fabric(String name) {
    return discovered(name, name)
        .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Resources.pack(http1()))
        .build();
  }

  private Cluster mtls(String name, String endpoints, FunctionRef function) {
    return discovered(name, endpoints)
        .setConnectTimeout(HANDSHAKE_TIMEOUT)
        .setTransportSocket(MutualTls.calling(ids.apply(function)))
        .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Resources.pack(http2()))
        .build();
  }

  private static Cluster.Builder discovered(String name, String endpoints) {
    return base(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(
            Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ads()).setServiceName(endpoints));
  }

  static Cluster.Builder base(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setConnectTimeout(CONNECT_TIMEOUT)
        .setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST)
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    CircuitBreakers.Thresholds.newBuilder()
                        .setMaxConnections(UNLIMITED)
                        .setMaxPendingRequests(UNLIMITED)
                        .setMaxRequests(UNLIMITED)
                        .setMaxRetries(UNLIMITED)));
  }

  private static HttpProtocolOptions http2() {
    return HttpProtocolOptions.newBuilder()
        .setExplicitHttpConfig(
            HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                .setHttp2ProtocolOptions(InboundResources.http2()))
        .build();
  }

  static HttpProtocolOptions http1() {
    return HttpProtocolOptions.newBuilder()
        .setCommonHttpProtocolOptions(
            io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions.newBuilder()
                .setIdleTimeout(POOL_IDLE))
        .setExplicitHttpConfig(
            HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()))
        .build();
  }

  static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  /**
   * An assignment without endpoints where no replica is ready: a cluster whose assignment is
   * missing would not warm. The last replica stays while it drains, until calls are held back
   * everywhere: who is not told yet still reaches it.
   */
  private static ClusterLoadAssignment endpoints(
      String name, Graph graph, FunctionRef function, ToIntFunction<Replica> port) {
    LocalityLbEndpoints.Builder locality = LocalityLbEndpoints.newBuilder();
    ReplicaState serving =
        ColdRoutes.isCold(graph, function) ? ReplicaState.DRAINING : ReplicaState.READY;
    graph.replicasOf(function).stream()
        .filter(replica -> replica.state() == serving)
        .sorted(Comparator.comparing(Replica::ip).thenComparing(Replica::port))
        .forEach(
            replica ->
                locality.addLbEndpoints(
                    endpoint(replica.ip().toString(), port.applyAsInt(replica))));
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(name);
    if (locality.getLbEndpointsCount() > 0) {
      assignment.addEndpoints(locality);
    }
    return assignment.build();
  }

  static LbEndpoint endpoint(String address, int port) {
    return LbEndpoint.newBuilder()
        .setEndpoint(
            Endpoint.newBuilder()
                .setAddress(
                    Address.newBuilder()
                        .setSocketAddress(
                            SocketAddress.newBuilder().setAddress(address).setPortValue(port))))
        .build();
  }
}
