package io.directfaas.xds.resources;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.envoy.EnvoyBinary;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.RandomGraphs;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import io.envoyproxy.envoy.config.bootstrap.v3.Admin;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real Envoy reads, by its validate mode, whatever can be generated. */
class EnvoyAcceptsTest {
  private static final EnvoyResources RESOURCES =
      new EnvoyResources(
          new IngressConfig(
              "127.0.0.1", 8080, "/run/netns/df-host", "/run/df/gateway.sock", "openfaas-fn"));

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void everyResourceOfRandomGraphs(long seed) throws Exception {
    RandomGraphs random = new RandomGraphs(seed);
    for (int i = 0; i < 80; i++) {
      random.step();
    }
    Graph graph = random.graph();
    ResourceStore store = ResourceStore.of(graph, RESOURCES, SecretSource.NONE);
    Bootstrap.Builder all = skeleton();
    Identities identities =
        new Identities(
            new CaProperties("d", directory.resolve("ca"), null, null, null, Duration.ofHours(1)),
            Clock.systemUTC());
    for (String name : List.of(ResourceNames.IDENTITY, ResourceNames.TRUST)) {
      XdsResource secret =
          Objects.requireNonNull(new SecretResources(identities).secret(FunctionRef.INGRESS, name));
      all.getStaticResourcesBuilder().addSecrets(Secret.parseFrom(secret.body().getValue()));
    }
    for (FunctionRef function : store.functions()) {
      addTo(all, Objects.requireNonNull(store.view(function)), function);
    }
    assertThat(all.getStaticResources().getListenersCount()).isGreaterThan(5);
    Path file = directory.resolve("all.pb");
    Files.write(file, all.build().toByteArray());
    assertThat(EnvoyBinary.validate(file)).contains("OK").doesNotContainIgnoringCase("deprecated");
  }

  @Test
  void theBootstrapOfBothProtocols() throws Exception {
    for (EnvoyBootstrap.Protocol protocol : EnvoyBootstrap.Protocol.values()) {
      EnvoyBootstrap bootstrap =
          new EnvoyBootstrap(
              "quoted-\"\\-id",
              new FunctionRef("acme", "a"),
              directory.resolve("xds.sock"),
              directory.resolve("admin.sock"),
              protocol);
      Path file = directory.resolve("bootstrap.json");
      Files.writeString(file, bootstrap.json());
      assertThat(EnvoyBinary.validate(file))
          .contains("OK")
          .doesNotContainIgnoringCase("deprecated");
    }
  }

  private Bootstrap.Builder skeleton() {
    Bootstrap.Builder bootstrap =
        Bootstrap.newBuilder()
            .setNode(Node.newBuilder().setId("validate").setCluster("acme/a"))
            .setAdmin(Admin.getDefaultInstance());
    bootstrap
        .getDynamicResourcesBuilder()
        .setAdsConfig(
            ApiConfigSource.newBuilder()
                .setApiType(ApiConfigSource.ApiType.DELTA_GRPC)
                .setTransportApiVersion(io.envoyproxy.envoy.config.core.v3.ApiVersion.V3)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("ads"))));
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(
            Cluster.newBuilder()
                .setName("ads")
                .setType(Cluster.DiscoveryType.STATIC)
                .setConnectTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(1)));
    return bootstrap;
  }

  /** Discovery is cut out: routes and endpoints go where they would be fetched to. */
  private static void addTo(Bootstrap.Builder all, ResourceView view, FunctionRef function)
      throws IOException {
    for (String name : view.names(ResourceType.LISTENER)) {
      Listener listener = Listener.parseFrom(body(view, ResourceType.LISTENER, name).getValue());
      all.getStaticResourcesBuilder()
          .addListeners(unique(withRoutes(listener, view), name + "/" + function, all));
    }
    for (String name : view.names(ResourceType.CLUSTER)) {
      Cluster cluster = Cluster.parseFrom(body(view, ResourceType.CLUSTER, name).getValue());
      boolean seen =
          all.getStaticResourcesBuilder().getClustersList().stream()
              .anyMatch(other -> other.getName().equals(name));
      if (!seen) {
        all.getStaticResourcesBuilder()
            .addClusters(withStaticSecrets(withEndpoints(cluster, view)));
      }
    }
  }

  /** Listeners of different sidecars never meet in one Envoy but here. */
  private static Listener unique(Listener listener, String name, Bootstrap.Builder all) {
    Listener.Builder copy = listener.toBuilder().setName(name);
    copy.getAddressBuilder()
        .getSocketAddressBuilder()
        .setPortValue(20000 + all.getStaticResourcesBuilder().getListenersCount());
    return copy.build();
  }

  private static Any body(ResourceView view, ResourceType type, String name) {
    XdsResource resource = Objects.requireNonNull(view.get(type, name), name);
    return resource.body();
  }

  private static Listener withRoutes(Listener listener, ResourceView view)
      throws InvalidProtocolBufferException {
    Filter filter = listener.getFilterChains(0).getFilters(0);
    HttpConnectionManager manager = filter.getTypedConfig().unpack(HttpConnectionManager.class);
    RouteConfiguration route =
        RouteConfiguration.parseFrom(
            body(view, ResourceType.ROUTE, manager.getRds().getRouteConfigName()).getValue());
    if (route.hasVhds()) {
      RouteConfiguration.Builder whole = route.toBuilder().clearVhds();
      for (String name : view.names(ResourceType.VIRTUAL_HOST)) {
        whole.addVirtualHosts(
            VirtualHost.parseFrom(body(view, ResourceType.VIRTUAL_HOST, name).getValue()));
      }
      route = whole.build();
    }
    Listener.Builder copy = listener.toBuilder();
    if (copy.getFilterChains(0).hasTransportSocket()) {
      DownstreamTlsContext.Builder tls =
          copy
              .getFilterChains(0)
              .getTransportSocket()
              .getTypedConfig()
              .unpack(DownstreamTlsContext.class)
              .toBuilder();
      tls.setCommonTlsContext(withStaticSecrets(tls.getCommonTlsContext()));
      copy.getFilterChainsBuilder(0)
          .getTransportSocketBuilder()
          .setTypedConfig(Any.pack(tls.build()));
    }
    copy.getFilterChainsBuilder(0)
        .getFiltersBuilder(0)
        .setTypedConfig(Any.pack(manager.toBuilder().setRouteConfig(route).build()));
    return copy.build();
  }

  private static Cluster withStaticSecrets(Cluster cluster) throws IOException {
    if (!cluster.hasTransportSocket()) {
      return cluster;
    }
    UpstreamTlsContext.Builder tls =
        cluster.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class).toBuilder();
    tls.setCommonTlsContext(withStaticSecrets(tls.getCommonTlsContext()));
    Cluster.Builder copy = cluster.toBuilder();
    copy.getTransportSocketBuilder().setTypedConfig(Any.pack(tls.build()));
    return copy.build();
  }

  /** Envoy 1.40 crashes over SDS by ADS in static clusters, while it validates. */
  private static CommonTlsContext withStaticSecrets(CommonTlsContext context) {
    CommonTlsContext.Builder copy = context.toBuilder();
    copy.getTlsCertificateSdsSecretConfigsBuilder(0).clearSdsConfig();
    copy.getCombinedValidationContextBuilder()
        .getValidationContextSdsSecretConfigBuilder()
        .clearSdsConfig();
    return copy.build();
  }

  private static Cluster withEndpoints(Cluster cluster, ResourceView view) throws IOException {
    if (cluster.getType() != Cluster.DiscoveryType.EDS) {
      return cluster;
    }
    ClusterLoadAssignment endpoints =
        ClusterLoadAssignment.parseFrom(
            body(view, ResourceType.ENDPOINT, cluster.getEdsClusterConfig().getServiceName())
                .getValue());
    return cluster.toBuilder()
        .clearEdsClusterConfig()
        .setType(Cluster.DiscoveryType.STATIC)
        .setLoadAssignment(endpoints)
        .build();
  }
}
