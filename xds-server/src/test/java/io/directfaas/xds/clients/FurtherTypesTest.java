package io.directfaas.xds.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.Vhds;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.Mutations;
import io.envoyproxy.envoy.extensions.filters.http.on_demand.v3.OnDemand;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Types that none of our own resources has: an extension's configuration, virtual hosts and
 * runtime. All that is new for them is the resources; a real Envoy takes them up, in order and as
 * they change, by the same streams as everything else.
 */
class FurtherTypesTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final String ROUTES = "outbound/acme/a";
  private static final String HOST = "extra.example";
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;

  /** What sidecars get anyway, and with it one resource of each further type. */
  private static final class Extended implements ResourceFactory {
    private final ResourceFactory factory;
    volatile String value = "one";

    Extended(ResourceFactory factory) {
      this.factory = factory;
    }

    @Override
    public List<XdsResource> edge(Graph graph, Edge edge) {
      return factory.edge(graph, edge);
    }

    @Override
    public List<XdsResource> callee(Graph graph, FunctionRef function) {
      return factory.callee(graph, function);
    }

    @Override
    public @Nullable XdsResource named(
        Graph graph, FunctionRef caller, ResourceType type, String name) {
      return factory.named(graph, caller, type, name);
    }

    @Override
    public List<XdsResource> own(Graph graph, FunctionRef function) {
      if (!function.equals(A)) {
        return factory.own(graph, function);
      }
      List<XdsResource> resources = new ArrayList<>();
      for (XdsResource resource : factory.own(graph, function)) {
        resources.add(referring(resource));
      }
      resources.add(resource(ResourceType.RUNTIME, "settings", runtime()));
      resources.add(resource(ResourceType.EXTENSION_CONFIG, "mark", extension()));
      resources.add(resource(ResourceType.VIRTUAL_HOST, ROUTES + "/" + HOST, host()));
      return resources;
    }

    private static XdsResource resource(ResourceType type, String name, Message message) {
      String version = new Digest().add(message.toByteArray()).hex();
      return new XdsResource(type, name, version, Any.pack(message), List.of());
    }

    private Runtime runtime() {
      return Runtime.newBuilder()
          .setName("settings")
          .setLayer(
              Struct.newBuilder()
                  .putFields("test.value", Value.newBuilder().setStringValue(value).build()))
          .build();
    }

    private TypedExtensionConfig extension() {
      HeaderMutation mark =
          HeaderMutation.newBuilder()
              .setAppend(
                  HeaderValueOption.newBuilder()
                      .setHeader(HeaderValue.newBuilder().setKey("x-mark").setValue(value)))
              .build();
      return TypedExtensionConfig.newBuilder()
          .setName("mark")
          .setTypedConfig(
              Any.pack(
                  io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                      .newBuilder()
                      .setMutations(Mutations.newBuilder().addResponseMutations(mark))
                      .build()))
          .build();
    }

    private VirtualHost host() {
      return VirtualHost.newBuilder()
          .setName(ROUTES + "/" + HOST)
          .addDomains(HOST)
          .addRoutes(
              Route.newBuilder()
                  .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                  .setDirectResponse(
                      DirectResponseAction.newBuilder()
                          .setStatus(200)
                          .setBody(DataSource.newBuilder().setInlineString("host " + value))))
          .build();
    }

    private static ConfigSource ads() {
      return ConfigSource.newBuilder()
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .setResourceApiVersion(ApiVersion.V3)
          .build();
    }

    /** The listener asks for the extension, the routes for virtual hosts. */
    private static XdsResource referring(XdsResource resource) {
      try {
        if (resource.type().equals(ResourceType.LISTENER)) {
          Listener.Builder listener = resource.body().unpack(Listener.class).toBuilder();
          var filter = listener.getFilterChainsBuilder(0).getFiltersBuilder(0);
          HttpConnectionManager manager =
              filter.getTypedConfig().unpack(HttpConnectionManager.class);
          filter.setTypedConfig(
              Any.pack(
                  manager.toBuilder()
                      .addHttpFilters(
                          0,
                          HttpFilter.newBuilder()
                              .setName("on-demand")
                              .setTypedConfig(Any.pack(OnDemand.getDefaultInstance())))
                      .addHttpFilters(
                          0,
                          HttpFilter.newBuilder()
                              .setName("mark")
                              .setConfigDiscovery(
                                  ExtensionConfigSource.newBuilder()
                                      .setConfigSource(ads())
                                      .addTypeUrls(
                                          "type.googleapis.com/envoy.extensions.filters.http"
                                              + ".header_mutation.v3.HeaderMutation")))
                      .build()));
          return resource(resource.type(), resource.name(), listener.build());
        }
        if (resource.type().equals(ResourceType.ROUTE)) {
          RouteConfiguration.Builder routes =
              resource.body().unpack(RouteConfiguration.class).toBuilder();
          // Envoy asks for a host when a call comes for which it has none.
          routes.getVirtualHostsBuilder(0).setDomains(0, "any");
          routes.setVhds(Vhds.newBuilder().setConfigSource(ads()));
          return resource(resource.type(), resource.name(), routes.build());
        }
        return resource;
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException(e);
      }
    }
  }

  @Test
  void extensionsVirtualHostsAndRuntimeReachAnEnvoyAndChange() throws Exception {
    Layout layout = Layout.in(directory);
    Extended factory = new Extended(layout.resources());
    TestGraph graph = new TestGraph().function("a").function("b").function("c").edges("a", "b");
    try (TestServer server = new TestServer(factory, Duration.ofSeconds(20))) {
      server.goWhole(graph);
      server.open(layout, "a1", A);
      EnvoyBootstrap bootstrap =
          EnvoyBootstrap.of("a1", A, layout.xdsSocket("a1"), layout.adminSocket("a1"));
      String json =
          bootstrap
              .json()
              .replaceFirst(
                  "\\{",
                  """
                  {"layered_runtime": {"layers": [{"name": "settings", "rtds_layer": {
                    "name": "settings", "rtds_config": {"ads": {}, "resource_api_version": "V3"}}}]},
                  """);
      try (EnvoyProcess envoy = EnvoyProcess.start(bootstrap, json)) {
        awaitAll(envoy, layout, "one");

        factory.value = "two";
        assertThat(server.go(graph.edges("a", "c"))).as("acked in all types").isEmpty();
        awaitAll(envoy, layout, "two");
        assertThat(server.metrics.rejects()).isZero();
        assertThat(server.sidecar("a1").types().keySet())
            .contains(
                ResourceType.RUNTIME.url(),
                ResourceType.EXTENSION_CONFIG.url(),
                ResourceType.VIRTUAL_HOST.url());
      }
    }
  }

  private static void awaitAll(EnvoyProcess envoy, Layout layout, String value) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(envoy.admin("/runtime")).contains("\"test.value\"", "\"" + value + "\"");
              assertThat(get(layout, "any")).contains("x-mark: " + value);
              assertThat(get(layout, HOST)).endsWith("host " + value);
            });
  }

  private static String get(Layout layout, String host) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), layout.outboundPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET /x HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
