package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a function is reached: a cluster and its endpoints, the same for every caller that does not
 * say how it wants its own calls made.
 */
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

  private final Function<FunctionRef, SpiffeId> ids;
  private final Function<FunctionRef, SidecarPorts> ports;

  CalleeResources(Function<FunctionRef, SpiffeId> ids, Function<FunctionRef, SidecarPorts> ports) {
    this.ids = ids;
    this.ports = ports;
  }

  List<XdsResource> of(Graph graph, FunctionRef function) {
    boolean mtls = isMtls(graph, function);
    String endpoints = endpointsOf(function, mtls);
    ToIntFunction<Replica> port = mtls ? replica -> ports.apply(function).inbound() : Replica::port;
    return List.of(
        cluster(function, mtls, policyOf(graph, function)),
        Resources.of(
            ResourceType.ENDPOINT, endpoints, endpoints(endpoints, graph, function, port)));
  }

  /**
   * The callee's cluster as a caller has it that says something of its own about its calls; null
   * where that makes no difference to the one that all callers share.
   */
  @Nullable XdsResource of(Graph graph, Edge edge) {
    if (edge.policy().isEmpty()) {
      return null;
    }
    boolean mtls = edge.dataPath() == DataPath.MTLS;
    XdsResource own = cluster(edge.callee(), mtls, CallPolicy.inForce(graph, edge));
    XdsResource shared = cluster(edge.callee(), mtls, policyOf(graph, edge.callee()));
    return own.version().equals(shared.version()) ? null : own;
  }

  /** A callee's tenant decides how it is called, so that all its callers call it the same way. */
  private static boolean isMtls(Graph graph, FunctionRef function) {
    return graph.edgesTo(function).stream().anyMatch(edge -> edge.dataPath() == DataPath.MTLS);
  }

  private static CallPolicy policyOf(Graph graph, FunctionRef function) {
    return graph
        .function(function)
        .map(io.directfaas.graph.Function::policy)
        .orElse(CallPolicy.NONE);
  }

  private static String endpointsOf(FunctionRef function, boolean mtls) {
    return mtls ? ResourceNames.mtlsEndpoints(function) : ResourceNames.cluster(function);
  }

  private XdsResource cluster(FunctionRef function, boolean mtls, CallPolicy policy) {
    String name = ResourceNames.cluster(function);
    String endpoints = endpointsOf(function, mtls);
    ClusterPolicy calls = new ClusterPolicy(policy);
    Cluster.Builder cluster =
        base(name)
            .setType(Cluster.DiscoveryType.EDS)
            .setEdsClusterConfig(
                Cluster.EdsClusterConfig.newBuilder()
                    .setEdsConfig(ads())
                    .setServiceName(endpoints));
    calls.applyTo(cluster);
    List<ResourceKey> warmedBy = new ArrayList<>();
    warmedBy.add(new ResourceKey(ResourceType.ENDPOINT, endpoints));
    if (mtls) {
      warmedBy.add(MutualTls.IDENTITY);
      warmedBy.add(MutualTls.TRUST);
      cluster
          .setConnectTimeout(HANDSHAKE_TIMEOUT)
          .setTransportSocket(MutualTls.calling(ids.apply(function)));
    }
    HttpProtocolOptions.Builder options = mtls ? http2() : http1();
    calls.idle().ifPresent(options.getCommonHttpProtocolOptionsBuilder()::setIdleTimeout);
    cluster.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Resources.pack(options.build()));
    return Resources.of(
        ResourceType.CLUSTER, name, cluster.build(), warmedBy.toArray(ResourceKey[]::new));
  }

  static Cluster.Builder base(String name) {
    return Cluster.newBuilder().setName(name).setConnectTimeout(CONNECT_TIMEOUT);
  }

  private static HttpProtocolOptions.Builder http2() {
    return HttpProtocolOptions.newBuilder()
        .setExplicitHttpConfig(
            HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                .setHttp2ProtocolOptions(InboundResources.http2()));
  }

  static HttpProtocolOptions.Builder http1() {
    return HttpProtocolOptions.newBuilder()
        .setCommonHttpProtocolOptions(
            io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions.newBuilder()
                .setIdleTimeout(POOL_IDLE))
        .setExplicitHttpConfig(
            HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()));
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
