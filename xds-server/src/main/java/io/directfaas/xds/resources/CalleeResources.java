package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
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

/** How a function is reached: a cluster and its endpoints, the same for every caller. */
final class CalleeResources {
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  /**
   * Shorter than the keep-alive of common servers (Node's is 5 s, the JDK's 30 s): of the two ends
   * of an idle connection ours closes first, so that no request meets a connection that is just
   * closed.
   */
  private static final Duration POOL_IDLE = Duration.newBuilder().setSeconds(4).build();

  private static final Duration CONNECT_TIMEOUT = Duration.newBuilder().setSeconds(1).build();

  /** Envoy's default of 1024 would refuse calls; limits per edge are the edge's policy. */
  private static final UInt32Value UNLIMITED = UInt32Value.of(1 << 20);

  private CalleeResources() {}

  static List<XdsResource> of(Graph graph, FunctionRef function) {
    String name = ResourceNames.cluster(function);
    return List.of(
        Resources.of(
            ResourceType.CLUSTER,
            name,
            cluster(name),
            new ResourceKey(ResourceType.ENDPOINT, name)),
        Resources.of(ResourceType.ENDPOINT, name, endpoints(name, graph, function)));
  }

  private static Cluster cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(
            Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ads()).setServiceName(name))
        .setConnectTimeout(CONNECT_TIMEOUT)
        .setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST)
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    CircuitBreakers.Thresholds.newBuilder()
                        .setMaxConnections(UNLIMITED)
                        .setMaxPendingRequests(UNLIMITED)
                        .setMaxRequests(UNLIMITED)
                        .setMaxRetries(UNLIMITED)))
        .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Resources.pack(http1()))
        .build();
  }

  private static HttpProtocolOptions http1() {
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
   * missing would not warm.
   */
  private static ClusterLoadAssignment endpoints(String name, Graph graph, FunctionRef function) {
    LocalityLbEndpoints.Builder locality = LocalityLbEndpoints.newBuilder();
    graph.replicasOf(function).stream()
        .filter(Replica::isReady)
        .sorted(Comparator.comparing(Replica::ip).thenComparing(Replica::port))
        .forEach(replica -> locality.addLbEndpoints(endpoint(replica)));
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(name);
    if (locality.getLbEndpointsCount() > 0) {
      assignment.addEndpoints(locality);
    }
    return assignment.build();
  }

  private static LbEndpoint endpoint(Replica replica) {
    return LbEndpoint.newBuilder()
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
