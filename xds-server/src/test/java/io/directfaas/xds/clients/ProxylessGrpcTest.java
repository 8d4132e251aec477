package io.directfaas.xds.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.ClientCredentials;
import io.directfaas.xds.bootstrap.GrpcBootstrap;
import io.directfaas.xds.clients.ForeignClient.Kind;
import io.directfaas.xds.clients.ForeignClient.Resource;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.identity.ClientCertificates.Issued;
import io.directfaas.xds.identity.TestPki;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.stream.SidecarStatus;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * gRPC's own xDS clients against our server, by the bootstrap we give them: what they see of every
 * type they use, by their own account (CSDS) and by whom their calls reach.
 */
class ProxylessGrpcTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final String B = "xds:///b.acme";
  private static final String RESOURCE = "grpc/acme/b";
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Seconds; far beyond gRPC's 15 s for a resource that does not come. */
  private static final int PATIENT = 60;

  @TempDir Path directory;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final TestGraph graph = new TestGraph().function("a").function("b").function("c");
  private final GrpcBackends backends = closedAfter(new GrpcBackends());
  private TestPki pki;
  private TwistedFactory factory;
  private TcpServer server;

  static Iterable<Kind> kinds() {
    return ForeignClient.kinds();
  }

  @BeforeEach
  void start() throws Exception {
    pki = new TestPki(directory, "ca");
    factory = new TwistedFactory(CredentialTest.resources());
    server = new TcpServer(pki, 0, factory);
    graph.edges("a", "b").replica("b1", "b", backends.start("b1"));
    graph.replica("c1", "c", backends.start("c1"));
    server.goWhole(graph);
  }

  @AfterEach
  void closeAll() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
    server.close();
  }

  private <T extends AutoCloseable> T closedAfter(T thing) {
    toClose.push(thing);
    return thing;
  }

  private ForeignClient client(Kind kind) throws Exception {
    TestPki.Material material = pki.client("a", "spiffe://test.example/ns/acme/fn/a");
    Issued certificate =
        new Issued(
            Files.readString(material.certificate()),
            Files.readString(material.privateKey()),
            Instant.MAX);
    Path files = Files.createDirectories(directory.resolve(kind.name()));
    GrpcBootstrap bootstrap =
        GrpcBootstrap.of(
            "client-1",
            A,
            files.toString(),
            new ClientCredentials(
                "127.0.0.1",
                server.port(),
                Files.readString(pki.ca),
                certificate,
                server.tokens.issue(A, null, Duration.ofHours(1))));
    for (Map.Entry<String, String> file : bootstrap.files().entrySet()) {
      Files.writeString(files.resolve(file.getKey()), file.getValue());
    }
    Path document = files.resolve("bootstrap.json");
    Files.writeString(document, bootstrap.document().toString());
    return closedAfter(ForeignClient.start(kind, document, directory.resolve(kind + ".log")));
  }

  private static String awaitCall(ForeignClient client, String target, Predicate<String> answer) {
    return await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> client.call(target, PATIENT), answer);
  }

  private static void awaitReplica(ForeignClient client, String target, String replica) {
    awaitCall(client, target, answer -> answer.equals("ok " + replica + " SERVING"));
  }

  private static void awaitUnavailable(ForeignClient client, String target) {
    awaitCall(client, target, answer -> answer.startsWith("error UNAVAILABLE "));
  }

  private static boolean saysThereIsNoRoute(String answer) {
    return answer.matches("(?i)error UNAVAILABLE .*find virtual ?host.*");
  }

  /** The versions of what the client holds, by type; fails if it has not acked one of them. */
  private static Map<String, String> acked(ForeignClient client, String listener) {
    Map<String, String> versions = new TreeMap<>();
    for (Resource resource : client.dump()) {
      if (resource.name().equals(listener) || resource.name().equals(RESOURCE)) {
        assertThat(resource.status()).as(resource.toString()).isEqualTo("ACKED");
        assertThat(resource.error()).isEmpty();
        versions.put(resource.typeUrl() + " " + resource.name(), resource.version());
      }
    }
    return versions;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void itSeesEveryTypeComeChangeGoAndComeBack(Kind kind) throws Exception {
    ForeignClient client = client(kind);
    // Added: listener, route, cluster, endpoints.
    assertThat(client.call(B, PATIENT)).isEqualTo("ok b1 SERVING");
    Map<String, String> first = acked(client, "b.acme");
    assertThat(first)
        .containsOnlyKeys(
            ResourceType.LISTENER.url() + " b.acme",
            ResourceType.ROUTE.url() + " " + RESOURCE,
            ResourceType.CLUSTER.url() + " " + RESOURCE,
            ResourceType.ENDPOINT.url() + " " + RESOURCE);

    // Its cluster says to whom its loads go.
    await()
        .atMost(LONG)
        .until(
            () -> {
              client.call(B, PATIENT);
              return server.loads.loads();
            },
            loads ->
                loads.stream()
                    .anyMatch(load -> load.edge().equals(TestGraph.edge("a", "b").key())));

    // Changed: each type, by something that does not matter for the call.
    twistHarmlessly();
    server.go(graph.replica("b2", "b", backends.start("b2")));
    awaitReplica(client, B, "b2");
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(acked(client, "b.acme"))
                    .hasSize(4)
                    .allSatisfy(
                        (key, version) -> assertThat(version).isNotEqualTo(first.get(key))));
    factory.straighten();

    // Endpoints removed, one and all, and there again.
    server.go(graph.withoutReplica("b1"));
    for (int calls = 0; calls < 4; calls++) {
      awaitReplica(client, B, "b2");
    }
    server.go(graph.withoutReplica("b2"));
    // grpc-java keeps the last connection it had for as long as it lasts.
    backends.stop("b2");
    awaitUnavailable(client, B);
    server.go(graph.replica("b3", "b", backends.start("b3")));
    awaitReplica(client, B, "b3");

    // The cluster removed under a route that leads to it, and there again.
    factory.twist(ResourceType.CLUSTER, RESOURCE, Cluster.class, cluster -> null);
    server.go(graph.withoutReplica("b3"));
    awaitUnavailable(client, B);
    factory.straighten();
    server.go(graph.replica("b4", "b", backends.start("b4")));
    awaitReplica(client, B, "b4");

    // The edge removed, and with it the listener and all behind it; and there again.
    server.go(graph.withoutEdge("a", "b"));
    awaitCall(client, B, ProxylessGrpcTest::saysThereIsNoRoute);
    server.go(graph.edges("a", "b"));
    awaitReplica(client, B, "b4");
    assertThat(acked(client, "b.acme")).hasSize(4);
    assertThat(server.metrics.rejects()).isZero();
  }

  private void twistHarmlessly() {
    factory.twist(
        ResourceType.LISTENER,
        "b.acme",
        Listener.class,
        listener -> listener.toBuilder().setStatPrefix("x").build());
    factory.twist(
        ResourceType.ROUTE,
        RESOURCE,
        RouteConfiguration.class,
        routes -> {
          RouteConfiguration.Builder builder = routes.toBuilder();
          builder.getVirtualHostsBuilder(0).setName("x");
          return builder.build();
        });
    factory.twist(
        ResourceType.CLUSTER,
        RESOURCE,
        Cluster.class,
        cluster -> cluster.toBuilder().setAltStatName("x").build());
    factory.twist(
        ResourceType.ENDPOINT,
        RESOURCE,
        ClusterLoadAssignment.class,
        endpoints -> {
          ClusterLoadAssignment.Builder builder = endpoints.toBuilder();
          builder.getEndpointsBuilder(0).getLoadBalancingWeightBuilder().setValue(7);
          return builder.build();
        });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void callsGoOnOverARefusedClusterAndARestart(Kind kind) throws Exception {
    ForeignClient client = client(kind);
    // With the port, too.
    assertThat(client.call(B + ":8080", PATIENT)).isEqualTo("ok b1 SERVING");

    factory.twist(
        ResourceType.CLUSTER,
        RESOURCE,
        Cluster.class,
        cluster -> cluster.toBuilder().setType(Cluster.DiscoveryType.STATIC).build());
    server.go(graph.replica("b2", "b", backends.start("b2")));
    await().atMost(LONG).until(() -> refusal().contains(RESOURCE));
    long responses = server.metrics.responsesSent();
    awaitReplica(client, B + ":8080", "b2");
    assertThat(client.dump())
        .filteredOn(resource -> resource.typeUrl().equals(ResourceType.CLUSTER.url()))
        .singleElement()
        .satisfies(cluster -> assertThat(cluster.status()).isEqualTo("NACKED"))
        .satisfies(cluster -> assertThat(cluster.error()).isNotEmpty());
    // Not sent again and again.
    assertThat(server.metrics.rejects()).isEqualTo(1);
    assertThat(server.metrics.responsesSent() - responses).isLessThanOrEqualTo(2);

    factory.twist(
        ResourceType.CLUSTER,
        RESOURCE,
        Cluster.class,
        cluster -> cluster.toBuilder().setAltStatName("healed").build());
    server.go(graph.replica("b3", "b", backends.start("b3")));
    awaitReplica(client, B + ":8080", "b3");
    await().atMost(LONG).until(() -> refusal().isEmpty());
    await().atMost(LONG).until(() -> acked(client, "b.acme:8080").size() == 4);

    int port = server.port();
    server.close();
    assertThat(client.call(B + ":8080", PATIENT)).startsWith("ok b");
    server = new TcpServer(pki, port, factory);
    server.goWhole(graph);
    await().atMost(LONG).until(() -> !server.clients().isEmpty());
    assertThat(client.call(B + ":8080", PATIENT)).startsWith("ok b");
    server.go(graph.replica("b4", "b", backends.start("b4")));
    awaitReplica(client, B + ":8080", "b4");
    assertThat(server.metrics.rejects()).isZero();

    // Undeclared: refused by what the server says, not by the time limit for what does not come;
    // and there as soon as it is declared.
    assertThat(client.call("xds:///c.acme", PATIENT))
        .matches(ProxylessGrpcTest::saysThereIsNoRoute);
    server.go(graph.edges("a", "c"));
    awaitReplica(client, "xds:///c.acme", "c1");
  }

  private String refusal() {
    return server.clients().stream()
        .map(SidecarStatus::nack)
        .filter(java.util.Objects::nonNull)
        .reduce("", String::concat);
  }
}
