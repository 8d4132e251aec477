package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.ReplicaState;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import io.directfaas.xds.protocol.AdsState;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Envoy processes: what they take, and what calls through them do meanwhile. */
class RealEnvoyTest {
  private static final FunctionRef A = TestGraph.ref("a");

  @TempDir Path directory;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final Functions functions = closedAfter(new Functions());
  private final HttpClient http = closedAfter(HttpClient.newHttpClient());
  private final TestGraph graph = new TestGraph();
  private Layout layout;

  @BeforeEach
  void layOut() throws Exception {
    layout = Layout.in(directory);
  }

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

  private EnvoyProcess envoy(
      TestServer server, String node, FunctionRef function, Protocol protocol) throws Exception {
    server.open(layout, node, function);
    return closedAfter(
        EnvoyProcess.start(
            new EnvoyBootstrap(
                node, function, layout.xdsSocket(node), layout.adminSocket(node), protocol)));
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> call(String path) throws Exception {
    return get(layout.outboundPort(), path);
  }

  /** The first status line or the reason there is none; for waiting until a listener is up. */
  private int statusOf(int port, String path) {
    try {
      return get(port, path).statusCode();
    } catch (Exception e) {
      return -1;
    }
  }

  private static AdsState.TypeStatus clusters(TestServer server) {
    return Objects.requireNonNull(
        server.sidecar("a1").types().get(ResourceType.CLUSTER.url()), "no clusters asked for");
  }

  private void awaitSettled(TestServer server, String node) {
    await()
        .atMost(java.time.Duration.ofSeconds(30))
        .until(() -> server.sidecar(node).ackedRevision() == graph.graph().revision());
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aCallLeavesTheSidecarStraightForTheReplica(Protocol protocol) throws Exception {
    int port = functions.start("b1");
    graph.function("a").function("b").function("other/d").replica("b1", "b", port);
    graph.edges("a", "b", "other/d");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    EnvoyProcess sidecar = envoy(server, "a1", A, protocol);
    awaitSettled(server, "a1");

    assertThat(call("/function/b").body()).startsWith("b1 /\n");
    assertThat(call("/function/b/").body()).startsWith("b1 /\n");
    assertThat(call("/function/b.acme/x/y?q=1&r").body()).startsWith("b1 /x/y?q=1&r\n");
    assertThat(call("/function/b?q=%2F").body()).startsWith("b1 /?q=%2F\n");
    assertThat(call("/function/b/redirect").statusCode()).isEqualTo(302);

    HttpResponse<String> undeclared = call("/function/bx/path?x=y");
    assertThat(undeclared.statusCode()).isEqualTo(403);
    assertThat(undeclared.body())
        .isEqualTo(
            "no edge acme/a -> acme/bx. To add it, deploy acme/bx and add the annotation"
                + " directfaas.io/calls: \"bx\" on function a of namespace acme\n");
    assertThat(undeclared.headers().firstValue("x-call-id")).isPresent();
    assertThat(call("/function/b.globex").body())
        .contains("acme/a -> globex/b", "\"globex/b\"", "directfaas.io/allow-callers: \"acme/a\"");
    assertThat(call("/function/%22%3Cscript%3E").statusCode()).isEqualTo(404);
    assertThat(call("/function/x%0d%0aSet-Cookie:1").body()).contains("acme/a -> acme/x.");

    HttpResponse<String> cold = call("/function/d.other");
    assertThat(cold.statusCode()).isEqualTo(503);
    assertThat(cold.body()).isEqualTo("other/d has no ready replica\n");
    assertThat(call("/nowhere").statusCode()).isEqualTo(404);
    assertThat(call("/chain/x").statusCode()).isEqualTo(501);
    assertThat(call("/async-function/b").statusCode()).isEqualTo(501);

    assertThat(sidecar.stat("cluster.fn/acme/b.upstream_rq_total")).isEqualTo(5);
    assertThat(sidecar.stat("cluster.fn/acme/b.upstream_cx_tx_bytes_total")).isPositive();
    assertThat(sidecar.stat("cluster.fn/acme/b.upstream_cx_rx_bytes_total")).isPositive();
    assertThat(server.metrics.rejects()).isZero();
  }

  @Test
  void aCallByNameIsKnownByItsHostAndPassesUnchanged() throws Exception {
    graph.function("a").function("b").function("other/d").function("gateway");
    graph.replica("b1", "b", functions.start("b1")).replica("d1", "other/d", functions.start("d1"));
    graph.edges("a", "b", "other/d", "gateway");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    envoy(server, "a1", A, Protocol.DELTA_GRPC);
    awaitSettled(server, "a1");

    for (String host :
        List.of("b", "b:8080", "B", "b.acme", "b.acme:8080", "b.acme.svc.cluster.local", "b.")) {
      assertThat(callHost(host, "/function/x?q=%2F"))
          .as(host)
          .startsWith("HTTP/1.1 200")
          .contains("b1 /function/x?q=%2F", "x-call-id: ");
    }
    assertThat(callHost("d.other:8080", "/")).contains("d1 /");
    assertThat(callHost("gateway.acme", "/x"))
        .startsWith("HTTP/1.1 503")
        .contains("acme/gateway has no ready replica");

    // The gateway's own name, and what no edge leads to, stay what they are.
    assertThat(callHost("gateway:8080", "/function/b/y")).contains("b1 /y");
    assertThat(callHost("d", "/")).startsWith("HTTP/1.1 404");
    assertThat(callHost("c.acme", "/function/c")).startsWith("HTTP/1.1 403");
    assertThat(server.metrics.rejects()).isZero();
  }

  /** The JDK's client decides about the Host header itself. */
  private String callHost(String host, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), layout.outboundPort())) {
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void headersAreThoseOfOpenFaaSAndNothingOfEnvoysShows(boolean outside) throws Exception {
    graph.function("a").function("b").replica("b1", "b", functions.start("b1"));
    graph.edges("a", "b").edges("ingress", "b");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    String node = outside ? "ingress" : "a1";
    envoy(server, node, outside ? FunctionRef.INGRESS : A, Protocol.DELTA_GRPC);
    awaitSettled(server, node);
    int port = outside ? layout.ingressPort() : layout.outboundPort();

    HttpResponse<String> fresh = get(port, "/function/b.acme");
    String id = fresh.headers().firstValue("x-call-id").orElseThrow();
    String time = fresh.headers().firstValue("x-start-time").orElseThrow();
    assertThat(id).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    assertThat(time).matches("[0-9]{19}");
    assertThat(fresh.body())
        .contains("x-call-id: " + id + "\n", "x-start-time: " + time + "\n")
        .contains("x-forwarded-host: 127.0.0.1:" + port)
        .containsPattern("x-forwarded-for: 127\\.0\\.0\\.1:[0-9]+\n")
        .doesNotContain("x-envoy", "x-request-id");
    assertThat(fresh.headers().map().keySet())
        .noneMatch(name -> name.startsWith("x-envoy") || name.equals("server"));

    HttpResponse<String> given =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/function/b.acme"))
                .header("X-Call-Id", "mine")
                .header("X-Start-Time", "1")
                .header("X-Forwarded-For", "192.0.2.7, 10.1.1.1")
                .header("X-Forwarded-Host", "outside.example")
                .header("x-envoy-retry-on", "5xx")
                .header("x-envoy-upstream-alt-stat-name", "flood")
                .header("x-envoy-original-path", "/p")
                .header("X-Request-Id", "r1")
                .build(),
            BodyHandlers.ofString());
    assertThat(given.headers().firstValue("x-call-id")).hasValue("mine");
    assertThat(given.body())
        .contains("x-call-id: mine\n", "x-request-id: r1\n")
        .contains("x-forwarded-for: 192.0.2.7, 10.1.1.1\n")
        .contains("x-forwarded-host: outside.example\n")
        .doesNotContain("x-envoy-retry-on", "x-envoy-upstream-alt-stat-name");

    // Answers that are no function's have them, too.
    for (String path : List.of("/function/no.such", "/nowhere", "/chain/x")) {
      HttpResponse<String> refused = get(port, path);
      assertThat(refused.statusCode()).as(path).isGreaterThanOrEqualTo(400);
      assertThat(refused.headers().firstValue("x-call-id")).as(path).isPresent();
      assertThat(refused.headers().firstValue("x-start-time").orElse(""))
          .as(path)
          .matches("[0-9]{19}");
    }
  }

  @Test
  void largeBodiesPassUnchangedBothWays() throws Exception {
    graph.function("a").function("b").replica("b1", "b", functions.start("b1")).edges("a", "b");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    envoy(server, "a1", A, Protocol.DELTA_GRPC);
    awaitSettled(server, "a1");
    byte[] body = new byte[5 << 20];
    new java.util.Random(7).nextBytes(body);
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + layout.outboundPort() + "/function/b/echo"))
                .POST(BodyPublishers.ofByteArray(body))
                .build(),
            BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(body);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aCallInFlightOverARemovedEdgeIsStreamedToItsEnd(Protocol protocol) throws Exception {
    graph.function("a").function("b").replica("b1", "b", functions.start("b1")).edges("a", "b");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    envoy(server, "a1", A, protocol);
    awaitSettled(server, "a1");
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + layout.outboundPort() + "/function/b/events"))
                .build(),
            BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      // Not buffered: the function has not ended yet.
      assertThat(lines.readLine()).isEqualTo("first");
      assertThat(server.go(graph.withoutEdge("a", "b"))).isEmpty();
      assertThat(call("/function/b").statusCode()).isEqualTo(403);
      assertThat(clusters(server).acked()).isEmpty();
      functions.goOn.complete(true);
      assertThat(lines.readLine()).isEqualTo("last");
      assertThat(lines.readLine()).isNull();
    }
  }

  /** Answers every connection with the request's first line. */
  private void startGateway() throws Exception {
    ServerSocketChannel gateway =
        closedAfter(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
    gateway.bind(UnixDomainSocketAddress.of(directory.resolve("gateway.sock")));
    Thread.ofVirtual()
        .start(
            () -> {
              while (gateway.isOpen()) {
                try (SocketChannel connection = gateway.accept()) {
                  BufferedReader in =
                      new BufferedReader(
                          new InputStreamReader(
                              Channels.newInputStream(connection), StandardCharsets.US_ASCII));
                  String first = in.readLine();
                  String answer =
                      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                          + first.length()
                          + "\r\n\r\n"
                          + first;
                  connection.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  @Test
  void theIngressLeadsToPublicFunctionsAndTheControlApi() throws Exception {
    graph
        .function("openfaas-fn/f")
        .function("acme/b")
        .function("acme/hidden")
        .replica("f1", "openfaas-fn/f", functions.start("f1"))
        .replica("b1", "b", functions.start("b1"))
        .edges("ingress", "openfaas-fn/f", "acme/b");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    EnvoyProcess ingress = envoy(server, "ingress", FunctionRef.INGRESS, Protocol.DELTA_GRPC);
    awaitSettled(server, "ingress");
    int port = layout.ingressPort();
    assertThat(get(port, "/function/f/x").body()).startsWith("f1 /x\n");
    assertThat(get(port, "/function/f.openfaas-fn").body()).startsWith("f1 /\n");
    assertThat(get(port, "/function/b.acme?y").body()).startsWith("b1 /?y\n");
    assertThat(get(port, "/function/b").body())
        .isEqualTo("error finding function b.openfaas-fn: no such function, or not public\n");
    assertThat(get(port, "/function/hidden.acme").statusCode()).isEqualTo(404);
    assertThat(get(port, "/function/f/").body()).startsWith("f1 /\n");
    assertThat(get(port, "/function/f?").body()).startsWith("f1 /");
    assertThat(get(port, "/function/f?x=/function/b.acme").body())
        .startsWith("f1 /?x=/function/b.acme\n");
    // What only looks like a function's.
    for (String name : List.of("fx", "F", "f.openfaas-fnx", "F.openfaas-fn")) {
      HttpResponse<String> answer = get(port, "/function/" + name + "/x?y");
      assertThat(answer.statusCode()).as(name).isEqualTo(404);
      assertThat(answer.body())
          .matches(
              "error finding function [fF]x?\\.openfaas-fnx?: no such function, or not public\n");
    }
    assertThat(get(port, "/function/").statusCode()).isEqualTo(404);
    HttpResponse<String> root = get(port, "/");
    assertThat(root.statusCode()).isEqualTo(307);
    assertThat(root.headers().firstValue("location").orElseThrow()).endsWith("/ui/");
    assertThat(get(port, "/nowhere").body()).isEqualTo("404 page not found\n");
    assertThat(get(port, "/system/info").statusCode()).isEqualTo(502);
    startGateway();
    assertThat(get(port, "/system/info?x=y").body()).isEqualTo("GET /system/info?x=y HTTP/1.1");
    assertThat(get(port, "/ui/").body()).isEqualTo("GET /ui/ HTTP/1.1");
    assertThat(get(port, "/healthz").body()).isEqualTo("GET /healthz HTTP/1.1");
    assertThat(get(port, "/uix").statusCode()).isEqualTo(404);
    assertThat(ingress.stat("cluster.fn/acme/b.upstream_rq_total")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void edgesAndReplicasComeAndGoUnderLoadWithoutAFailedRequest(Protocol protocol) throws Exception {
    graph.function("a").function("b").function("c").function("d");
    graph.replica("b1", "b", functions.start("b1")).replica("c1", "c", functions.start("c1"));
    graph.edges("a", "b");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    EnvoyProcess sidecar = envoy(server, "a1", A, protocol);
    awaitSettled(server, "a1");

    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong calls = new AtomicLong();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!stop.get()) {
                      try {
                        HttpResponse<String> answer = call("/function/b");
                        if (answer.statusCode() != 200) {
                          failures.add(answer.statusCode() + " " + answer.body());
                        }
                      } catch (Exception e) {
                        failures.add(e.toString());
                      }
                      calls.incrementAndGet();
                    }
                  }));
    }
    for (int round = 0; round < 5; round++) {
      assertThat(server.go(graph.edges("a", "c"))).isEmpty();
      // Acked means in force: the very next call takes the new edge.
      assertThat(call("/function/c").body()).startsWith("c1 ");
      assertThat(server.go(graph.replica("b2", "b", functions.start("b2")))).isEmpty();
      assertThat(server.go(graph.replica("b1", "b", 1, ReplicaState.DRAINING))).isEmpty();
      assertThat(server.go(graph.edges("a", "d"))).isEmpty();
      assertThat(call("/function/d").statusCode()).isEqualTo(503);
      assertThat(server.go(graph.withoutEdge("a", "c"))).isEmpty();
      assertThat(call("/function/c").statusCode()).isEqualTo(403);
      assertThat(server.go(graph.replica("b1", "b", functions.start("b1")))).isEmpty();
      assertThat(server.go(graph.withoutReplica("b2"))).isEmpty();
      assertThat(server.go(graph.withoutEdge("a", "d"))).isEmpty();
    }
    stop.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(failures).isEmpty();
    assertThat(calls.get()).isGreaterThan(50);
    assertThat(server.metrics.rejects()).isZero();
    assertThat(sidecar.stat("cluster_manager.warming_clusters")).isZero();
    assertThat(clusters(server).acked()).containsOnlyKeys("fn/acme/b");
  }

  /** Makes one callee's cluster such that no Envoy takes it, while told to. */
  private static ResourceFactory spoiling(ResourceFactory factory, AtomicBoolean spoil) {
    return new ResourceFactory() {
      @Override
      public List<XdsResource> own(Graph graph, FunctionRef function) {
        return factory.own(graph, function);
      }

      @Override
      public List<XdsResource> edge(Graph graph, Edge edge) {
        return factory.edge(graph, edge);
      }

      @Override
      public List<XdsResource> callee(Graph graph, FunctionRef function) {
        return factory.callee(graph, function).stream()
            .map(
                resource ->
                    function.name().equals("c")
                            && spoil.get()
                            && resource.type().equals(ResourceType.CLUSTER)
                        ? spoiled(resource)
                        : resource)
            .toList();
      }
    };
  }

  private static XdsResource spoiled(XdsResource resource) {
    Cluster bad =
        Cluster.newBuilder()
            .setName(resource.name())
            .setType(Cluster.DiscoveryType.EDS)
            .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
            .build();
    return new XdsResource(
        resource.type(),
        resource.name(),
        new Digest().add("spoiled").add(bad.toByteArray()).hex(),
        com.google.protobuf.Any.pack(bad),
        resource.warmedBy());
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aRefusedResourceIsParkedNamedAndHealsWhileTheRestGoesOn(Protocol protocol) throws Exception {
    AtomicBoolean spoil = new AtomicBoolean(true);
    graph.function("a").function("b").function("c").function("d");
    graph
        .replica("b1", "b", functions.start("b1"))
        .replica("c1", "c", functions.start("c1"))
        .replica("d1", "d", functions.start("d1"));
    graph.edges("a", "b");
    TestServer server = closedAfter(TestServer.start(layout, factory -> spoiling(factory, spoil)));
    server.goWhole(graph);
    envoy(server, "a1", A, protocol);
    awaitSettled(server, "a1");

    var laggards = server.go(graph.edges("a", "c", "d"));
    assertThat(laggards).hasSize(1);
    assertThat(laggards.getFirst().who()).isEqualTo("a1");
    assertThat(laggards.getFirst().why()).contains("fn/acme/c");
    // The good ones of the same response are in force, only the bad one is parked.
    assertThat(call("/function/b").statusCode()).isEqualTo(200);
    assertThat(call("/function/d").statusCode()).isEqualTo(200);
    AdsState.TypeStatus clusters = clusters(server);
    assertThat(clusters.parked()).containsOnlyKeys("fn/acme/c");
    assertThat(server.sidecar("a1").nack()).contains("fn/acme/c");

    long responses = server.metrics.responsesSent();
    long rejects = server.metrics.rejects();
    assertThat(rejects).isBetween(1L, 4L);
    Thread.sleep(1000);
    assertThat(server.metrics.responsesSent()).isEqualTo(responses);
    assertThat(server.metrics.rejects()).isEqualTo(rejects);

    spoil.set(false);
    assertThat(server.go(graph.replica("c1", "c", functions.start("c1")))).isEmpty();
    assertThat(call("/function/c").body()).startsWith("c1 ");
    assertThat(server.sidecar("a1").nack()).isNull();
  }

  @Test
  void aRestartedServerSendsNothingToAnEnvoyThatIsUpToDate() throws Exception {
    graph.function("a").function("b").replica("b1", "b", functions.start("b1")).edges("a", "b");
    TestServer first = TestServer.start(layout);
    first.goWhole(graph);
    EnvoyProcess sidecar = envoy(first, "a1", A, Protocol.DELTA_GRPC);
    awaitSettled(first, "a1");
    first.close();
    assertThat(Files.exists(layout.xdsSocket("a1"))).isFalse();
    assertThat(call("/function/b").statusCode()).isEqualTo(200);

    TestServer second = closedAfter(TestServer.start(layout));
    second.open(layout, "a1", A);
    await().until(() -> second.metrics.streams.get() == 1);
    // Connected, but no graph has come: nothing may be said, least of all "nothing exists".
    Thread.sleep(300);
    assertThat(second.metrics.responsesSent()).isZero();
    assertThat(call("/function/b").statusCode()).isEqualTo(200);
    assertThat(second.goWhole(graph)).isEmpty();
    awaitSettled(second, "a1");
    assertThat(second.metrics.resourcesSent()).isZero();

    assertThat(second.go(graph.function("c").edges("a", "c"))).isEmpty();
    assertThat(call("/function/c").statusCode()).isEqualTo(503);
    assertThat(second.go(graph.withoutEdge("a", "b"))).isEmpty();
    assertThat(call("/function/b").statusCode()).isEqualTo(403);
    assertThat(sidecar.stat("cluster.fn/acme/b.upstream_rq_total")).isEqualTo(-1);
  }

  @Test
  void theIngressTakesUpAndDropsFunctionsOneByOneAndAfterARestartOnlyWhatChanged()
      throws Exception {
    TestServer first = TestServer.start(layout);
    // Nothing is public yet, and the ingress does not wait for what does not come.
    first.goWhole(graph);
    envoy(first, "ingress", FunctionRef.INGRESS, Protocol.DELTA_GRPC);
    int port = layout.ingressPort();
    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(get(port, "/nowhere").statusCode()).isEqualTo(404));
    graph.function("b").replica("b1", "b", functions.start("b1"));
    graph.function("c").replica("c1", "c", functions.start("c1"));
    assertThat(first.go(graph.edges("ingress", "b"))).isEmpty();
    assertThat(get(port, "/function/b.acme").body()).startsWith("b1 ");
    long before = first.metrics.resourcesSent();
    assertThat(first.go(graph.edges("ingress", "c"))).isEmpty();
    assertThat(get(port, "/function/c.acme").body()).startsWith("c1 ");
    assertThat(first.metrics.resourcesSent() - before).as("cluster, endpoints, host").isEqualTo(3);
    assertThat(first.go(graph.withoutEdge("ingress", "b"))).isEmpty();
    assertThat(get(port, "/function/b.acme").statusCode()).isEqualTo(404);
    assertThat(get(port, "/function/c.acme").body()).startsWith("c1 ");
    first.close();

    TestServer second = closedAfter(TestServer.start(layout));
    second.goWhole(graph);
    second.open(layout, "ingress", FunctionRef.INGRESS);
    awaitSettled(second, "ingress");
    assertThat(second.metrics.resourcesSent()).isZero();
    second.close();

    graph.withoutEdge("ingress", "c");
    TestServer third = closedAfter(TestServer.start(layout));
    third.goWhole(graph.edges("ingress", "b"));
    third.open(layout, "ingress", FunctionRef.INGRESS);
    awaitSettled(third, "ingress");
    await()
        .untilAsserted(() -> assertThat(get(port, "/function/c.acme").statusCode()).isEqualTo(404));
    assertThat(get(port, "/function/b.acme").body()).startsWith("b1 ");
  }

  @Test
  void whatWasRemovedWhileTheServerWasAwayIsRemovedOnReturn() throws Exception {
    graph.function("a").function("b").replica("b1", "b", functions.start("b1")).edges("a", "b");
    TestServer first = TestServer.start(layout);
    first.goWhole(graph);
    envoy(first, "a1", A, Protocol.DELTA_GRPC);
    awaitSettled(first, "a1");
    first.close();
    graph.withoutEdge("a", "b");
    TestServer second = closedAfter(TestServer.start(layout));
    second.goWhole(graph);
    second.open(layout, "a1", A);
    awaitSettled(second, "a1");
    assertThat(call("/function/b").statusCode()).isEqualTo(403);
    assertThat(clusters(second).acked()).isEmpty();
  }

  @Test
  void aSidecarOfAFunctionWithoutCalleesServesToo() throws Exception {
    graph.function("a");
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    EnvoyProcess sidecar = envoy(server, "a1", A, Protocol.DELTA_GRPC);
    awaitSettled(server, "a1");
    await().until(sidecar::isLive);
    assertThat(call("/function/b").statusCode()).isEqualTo(403);
    assertThat(statusOf(layout.outboundPort(), "/function/a")).isEqualTo(403);
  }
}
