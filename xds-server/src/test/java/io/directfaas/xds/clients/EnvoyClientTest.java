package io.directfaas.xds.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.ClientCredentials;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.bootstrap.EnvoyClientBootstrap;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.envoy.EnvoyBinary;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer.Layout;
import io.directfaas.xds.identity.AuthorityTls;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.stream.SidecarStatus;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * An Envoy anywhere, by TCP with the bootstrap we give it, in each way that Envoy speaks ADS: what
 * it makes of every type that comes, changes, goes and comes back, by what its callers see.
 */
class EnvoyClientTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final String B = "fn/acme/b";
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final Functions functions = closedAfter(new Functions());
  private final HttpClient http = closedAfter(HttpClient.newHttpClient());
  private final TestGraph graph = new TestGraph().function("a").function("b").function("c");
  private @Nullable Layout layout;
  private @Nullable TwistedFactory factory;
  private @Nullable Identities identities;

  @AfterEach
  void closeAll() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  private <T extends AutoCloseable> T closedAfter(T thing) {
    toClose.push(thing);
    return thing;
  }

  private TcpServer server(int port) throws Exception {
    AuthorityTls tls =
        new AuthorityTls(Objects.requireNonNull(identities), "127.0.0.1", Duration.ofMinutes(1));
    return new TcpServer(tls, port, Objects.requireNonNull(factory));
  }

  private void envoy(TcpServer server, Protocol protocol, boolean nodeOnce, boolean byToken)
      throws Exception {
    AuthorityTls issuer =
        closedAfter(
            new AuthorityTls(
                Objects.requireNonNull(identities), "127.0.0.1", Duration.ofMinutes(1)));
    ClientCredentials credentials =
        new ClientCredentials(
            "127.0.0.1",
            server.port(),
            issuer.trustBundle(),
            byToken ? null : issuer.of(A),
            byToken ? server.tokens.issue(A, "edge-1", Duration.ofHours(1)) : null);
    ObjectNode bootstrap = EnvoyClientBootstrap.of("edge-1", A, protocol, null, credentials);
    ((ObjectNode) bootstrap.at("/dynamic_resources/ads_config"))
        .put("set_node_on_first_message_only", nodeOnce);
    Path file = directory.resolve("bootstrap.json");
    Files.writeString(file, bootstrap.toString());
    Process process =
        new ProcessBuilder(
                EnvoyBinary.path().toString(),
                "-c",
                file.toString(),
                "--concurrency",
                "1",
                "--disable-hot-restart")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("envoy.log").toFile())
            .start();
    closedAfter(
        () -> {
          process.destroyForcibly();
          process.waitFor(10, TimeUnit.SECONDS);
        });
  }

  /** Status and first word of the answer, or why there is none. */
  private String call(String path) {
    int port = Objects.requireNonNull(layout).outboundPort();
    try {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body().split("\\s", 2)[0];
    } catch (Exception e) {
      return e.toString();
    }
  }

  private void awaitCall(String path, String answer) {
    await().atMost(LONG).until(() -> call(path), seen -> seen.startsWith(answer));
  }

  @ParameterizedTest
  @CsvSource({
    "GRPC,false,true",
    "GRPC,true,false",
    "DELTA_GRPC,false,false",
    "DELTA_GRPC,true,true"
  })
  void itSeesEveryTypeComeChangeGoAndComeBack(Protocol protocol, boolean nodeOnce, boolean byToken)
      throws Exception {
    layout = Layout.in(directory);
    factory = new TwistedFactory(layout.resources());
    identities =
        new Identities(
            new CaProperties(
                TcpServer.TRUST_DOMAIN,
                directory.resolve("ca"),
                null,
                null,
                null,
                Duration.ofDays(1)),
            Clock.systemUTC());
    TcpServer first = server(0);
    TcpServer server = first;
    try {
      graph.edges("a", "b").replica("b1", "b", functions.start("b1"));
      server.goWhole(graph);
      envoy(server, protocol, nodeOnce, byToken);
      awaitCall("/function/b", "200 b1");
      awaitReports(server);
      Map<String, Map<String, String>> before = acked(server);

      // Changed: each type, by something that does not matter for the call.
      twistHarmlessly(factory);
      server.go(graph.replica("b2", "b", functions.start("b2")).edges("a", "c"));
      awaitCall("/function/b", "200 b2");
      awaitCall("/function/c", "503");
      for (String type : before.keySet()) {
        String name = before.get(type).keySet().iterator().next();
        await()
            .atMost(LONG)
            .until(
                () ->
                    !Objects.equals(
                        before.get(type).get(name),
                        acked(first).getOrDefault(type, Map.of()).get(name)));
      }
      factory.straighten();

      // Removed and there again: endpoints; the edge, and with it route, cluster, endpoints; the
      // listener.
      server.go(graph.withoutReplica("b1"));
      server.go(graph.withoutReplica("b2"));
      awaitCall("/function/b", "503");
      server.go(graph.replica("b3", "b", functions.start("b3")));
      awaitCall("/function/b", "200 b3");
      server.go(graph.withoutEdge("a", "b"));
      awaitCall("/function/b", "403");
      await().atMost(LONG).until(() -> !clusters(first).containsKey(B));
      server.go(graph.edges("a", "b"));
      awaitCall("/function/b", "200 b3");
      factory.twist(ResourceType.LISTENER, "outbound", Listener.class, listener -> null);
      server.go(graph.withoutEdge("a", "c"));
      awaitCall("/function/b", "java.net.ConnectException");
      factory.straighten();
      server.go(graph.edges("a", "c"));
      awaitCall("/function/b", "200 b3");
      assertThat(server.metrics.rejects()).isZero();

      // A refused cluster, next to which the rest goes on; and it heals.
      factory.twist(
          ResourceType.CLUSTER,
          B,
          Cluster.class,
          cluster -> cluster.toBuilder().clearEdsClusterConfig().setName("").build());
      server.go(graph.replica("b4", "b", functions.start("b4")));
      await().atMost(LONG).until(() -> refusal(first).contains(B));
      awaitCall("/function/b", "200 b4");
      factory.twist(
          ResourceType.CLUSTER,
          B,
          Cluster.class,
          cluster -> cluster.toBuilder().setAltStatName("healed").build());
      server.go(graph.replica("b5", "b", functions.start("b5")));
      awaitCall("/function/b", "200 b5");
      await().atMost(LONG).until(() -> refusal(first).isEmpty());

      int port = server.port();
      server.close();
      assertThat(call("/function/b")).startsWith("200 b");
      TcpServer second = server(port);
      server = second;
      second.goWhole(graph);
      await().atMost(LONG).until(() -> !second.clients().isEmpty());
      assertThat(call("/function/b")).startsWith("200 b");
      second.go(graph.replica("b6", "b", functions.start("b6")));
      awaitCall("/function/b", "200 b6");
      if (protocol == Protocol.DELTA_GRPC) {
        // The endpoints that changed since, and no more.
        assertThat(second.metrics.resourcesSent()).isEqualTo(1);
      }
      assertThat(second.metrics.rejects()).isZero();
    } finally {
      server.close();
    }
  }

  /** Its loads by LRS and its counts by OpenTelemetry, under a name of no replica's. */
  private void awaitReports(TcpServer server) {
    await()
        .atMost(LONG)
        .until(
            () -> {
              call("/function/b");
              return server.loads.loads().stream()
                      .anyMatch(load -> load.edge().equals(TestGraph.edge("a", "b").key()))
                  && server.calls.keySet().stream()
                      .anyMatch(source -> source.replica().equals("tcp/acme/a/edge-1"));
            });
  }

  private static void twistHarmlessly(TwistedFactory factory) {
    factory.twist(
        ResourceType.LISTENER,
        "outbound",
        Listener.class,
        listener -> listener.toBuilder().setStatPrefix("x").build());
    factory.twist(
        ResourceType.ROUTE,
        "outbound/acme/a",
        RouteConfiguration.class,
        routes -> {
          RouteConfiguration.Builder builder = routes.toBuilder();
          builder.getVirtualHostsBuilder(0).setName("x");
          return builder.build();
        });
    factory.twist(
        ResourceType.CLUSTER,
        B,
        Cluster.class,
        cluster -> cluster.toBuilder().setAltStatName("x").build());
    factory.twist(
        ResourceType.ENDPOINT,
        B,
        ClusterLoadAssignment.class,
        endpoints -> {
          ClusterLoadAssignment.Builder builder = endpoints.toBuilder();
          builder.getEndpointsBuilder(0).getLoadBalancingWeightBuilder().setValue(7);
          return builder.build();
        });
  }

  /** Versions by name, by type. */
  private static Map<String, Map<String, String>> acked(TcpServer server) {
    List<SidecarStatus> clients = server.clients();
    return clients.isEmpty()
        ? Map.of()
        : clients.getFirst().types().entrySet().stream()
            .filter(type -> !type.getValue().acked().isEmpty())
            .collect(
                java.util.stream.Collectors.toMap(
                    Map.Entry::getKey, type -> type.getValue().acked()));
  }

  private static Map<String, String> clusters(TcpServer server) {
    return acked(server).getOrDefault(ResourceType.CLUSTER.url(), Map.of());
  }

  private static String refusal(TcpServer server) {
    return server.clients().stream()
        .map(SidecarStatus::nack)
        .filter(Objects::nonNull)
        .reduce("", String::concat);
  }
}
