package io.directfaas.xds.calls;

import static io.directfaas.xds.envoy.TestGraph.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.ScriptedFunction;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import io.directfaas.xds.envoy.WebSocketClient;
import io.directfaas.xds.envoy.WebSocketFunction;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What policies do to calls through a real Envoy. One sidecar and one ingress for all tests; each
 * test has functions of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallPolicyTest {
  private static final Duration GENEROUS = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final Map<String, ScriptedFunction> replicas = new HashMap<>();
  private final TestGraph graph = new TestGraph();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Functions functions;
  private Layout layout;
  private EnvoyProcess sidecar;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    toClose.push(http);
    functions = closedAfter(new Functions());
    layout = Layout.in(directory);
    graph.function("a");
    graph
        .function("slow", policy("timeout", "700ms", "retries", "2"))
        .replica("s", "slow", script("slow"));
    graph.function("quick").replica("q", "quick", script("quick"));
    graph.function("stream", policy("timeout", "1s")).replica("e", "stream", functions.start("e"));
    graph
        .function("socket", policy("timeout", "1s"))
        .replica("w", "socket", closedAfter(new WebSocketFunction()).port());
    graph
        .function("twice", policy("retries", "3", "outlier-failures", "off"))
        .replica("t1", "twice", script("t1"))
        .replica("t2", "twice", script("t2"));
    graph
        .function("dead", policy("outlier-failures", "off"))
        .replica("d1", "dead", script("d1"))
        .replica("d2", "dead", TestServer.freePort());
    graph
        .function("never", policy("retries", "0", "outlier-failures", "off"))
        .replica("n1", "never", script("n1"))
        .replica("n2", "never", TestServer.freePort());
    graph
        .function("narrow", policy("max-concurrent-calls", "2"))
        .replica("c", "narrow", script("c"));
    graph
        .function("shut", policy("outlier-failures", "2", "outlier-ejection", "2s"))
        .replica("x1", "shut", script("x1"))
        .replica("x2", "shut", script("x2"));
    graph
        .function("only", policy("outlier-failures", "1", "outlier-max-ejected", "99%"))
        .replica("o", "only", script("o"));
    String[] callees = {
      "slow", "stream", "socket", "twice", "dead", "never", "narrow", "shut", "only"
    };
    graph.edges("a", callees).edges("ingress", callees);
    graph.edge("a", "quick", policy("timeout", "700ms")).edges("ingress", "quick");

    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    sidecar = envoy(server, "a1", TestGraph.ref("a"));
    envoy(server, "ingress", FunctionRef.INGRESS);
    assertThat(server.metrics.rejects()).isZero();
  }

  @AfterAll
  void closeAll() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  private <T extends AutoCloseable> T closedAfter(T thing) {
    toClose.push(thing);
    return thing;
  }

  private int script(String name) throws Exception {
    ScriptedFunction function = closedAfter(new ScriptedFunction(name));
    replicas.put(name, function);
    return function.port();
  }

  private ScriptedFunction replica(String name) {
    return Objects.requireNonNull(replicas.get(name), name);
  }

  private EnvoyProcess envoy(TestServer server, String node, FunctionRef function)
      throws Exception {
    server.open(layout, node, function);
    EnvoyProcess envoy =
        closedAfter(
            EnvoyProcess.start(
                EnvoyBootstrap.of(
                    node, function, layout.xdsSocket(node), layout.adminSocket(node))));
    await()
        .atMost(GENEROUS)
        .until(() -> server.sidecar(node).ackedRevision() == graph.graph().revision());
    return envoy;
  }

  private URI outbound(String path) {
    return URI.create("http://127.0.0.1:" + layout.outboundPort() + path);
  }

  private URI ingress(String path) {
    return URI.create("http://127.0.0.1:" + layout.ingressPort() + path);
  }

  private HttpResponse<String> call(String method, URI address) throws Exception {
    return http.send(
        HttpRequest.newBuilder(address)
            .timeout(GENEROUS)
            .method(
                method,
                method.equals("POST") ? BodyPublishers.ofString("x") : BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> call(String method, String function) throws Exception {
    return call(method, outbound("/function/" + function));
  }

  @Test
  void aCallThatTakesLongerThanItsTimeoutIsAnswered504AndNotRepeated() throws Exception {
    ScriptedFunction slow = replica("slow");
    slow.gate = new CountDownLatch(1);
    for (URI address : List.of(outbound("/function/slow"), ingress("/function/slow.acme"))) {
      int before = slow.seen.get();
      HttpResponse<String> answer = call("GET", address);
      assertThat(answer.statusCode()).isEqualTo(504);
      assertThat(answer.body())
          .isEqualTo("acme/slow has not answered in the time that directfaas.io/timeout allows\n");
      // The mark makes queue workers repeat the call, which may have had its effect.
      assertThat(answer.headers().firstValue("x-openfaas-internal")).isEmpty();
      assertThat(answer.headers().firstValue("x-call-id")).isPresent();
      assertThat(slow.seen.get()).isEqualTo(before + 1);
    }
    // A stream has to begin in time, too.
    HttpResponse<String> stream =
        http.send(
            HttpRequest.newBuilder(outbound("/function/slow"))
                .header("Accept", "text/event-stream")
                .build(),
            BodyHandlers.ofString());
    assertThat(stream.statusCode()).isEqualTo(504);
    slow.gate.countDown();
    assertThat(call("GET", "slow").body()).isEqualTo("slow");
  }

  @Test
  void aCallersTimeoutIsItsOwn() throws Exception {
    ScriptedFunction quick = replica("quick");
    quick.gate = new CountDownLatch(1);
    CompletableFuture<HttpResponse<String>> outside =
        http.sendAsync(
            HttpRequest.newBuilder(ingress("/function/quick.acme")).build(),
            BodyHandlers.ofString());
    assertThat(call("POST", "quick").statusCode()).isEqualTo(504);
    assertThat(outside).isNotDone();
    quick.gate.countDown();
    assertThat(outside.get(60, TimeUnit.SECONDS).body()).isEqualTo("quick");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "text/html, application/x-ndjson;q=0.9"})
  void aStreamGoesOnBeyondTheTimeout(String accept) throws Exception {
    for (URI address :
        List.of(outbound("/function/stream/ticks"), ingress("/function/stream.acme/ticks"))) {
      HttpResponse<InputStream> answer =
          http.send(
              HttpRequest.newBuilder(address).header("Accept", accept).build(),
              BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).isEqualTo("first");
        // More than the timeout lies between the first and the last.
        assertThat(lines.readLine()).isEqualTo("last");
        assertThat(lines.readLine()).isNull();
      }
    }
  }

  @Test
  void anAnswerThatIsNoStreamHasToEndInTime() {
    assertThat(
            http.sendAsync(
                    HttpRequest.newBuilder(outbound("/function/stream/ticks")).build(),
                    BodyHandlers.ofString())
                .orTimeout(60, TimeUnit.SECONDS))
        .failsWithin(GENEROUS);
  }

  @Test
  void aWebSocketStaysOpenBeyondTheTimeout() throws Exception {
    for (URI address : List.of(outbound("/function/socket"), ingress("/function/socket.acme"))) {
      WebSocketClient.assertEchoes(
          http, address, List.of("m0", "m1", "m2"), Duration.ofMillis(800));
    }
  }

  @Test
  void aFailedIdempotentCallIsMadeAgainByAnotherReplicaAndAPostIsNot() throws Exception {
    ScriptedFunction bad = replica("t1");
    ScriptedFunction good = replica("t2");
    bad.status = 503;
    for (String method : List.of("GET", "PUT", "DELETE")) {
      for (int i = 0; i < 10; i++) {
        assertThat(call(method, "twice").body()).isEqualTo("t2");
      }
    }
    assertThat(bad.seen.get()).isPositive();
    bad.breaks = true;
    for (int i = 0; i < 10; i++) {
      assertThat(call("GET", "twice").body()).isEqualTo("t2");
    }

    for (boolean breaks : new boolean[] {true, false}) {
      bad.breaks = breaks;
      int before = bad.seen.get() + good.seen.get();
      int failed = 0;
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = call("POST", "twice");
        failed += answer.statusCode() == 200 ? 0 : 1;
        assertThat(answer.statusCode()).isIn(200, breaks ? 502 : 503);
        assertThat(answer.headers().firstValue("x-openfaas-internal")).isEmpty();
      }
      assertThat(failed).isPositive();
      assertThat(bad.seen.get() + good.seen.get()).isEqualTo(before + 20);
    }
  }

  @Test
  void aCallThatNoReplicaHasSeenIsMadeAgainWhateverItsMethod() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(call("POST", "dead").body()).isEqualTo("d1");
    }
    assertThat(replica("d1").seen.get()).isEqualTo(20);
    assertThat(sidecar.stat("cluster.fn/acme/dead.upstream_cx_connect_fail")).isPositive();
    assertThat(sidecar.stat("cluster.fn/acme/dead.upstream_rq_retry")).isPositive();
  }

  @Test
  void withZeroRetriesNothingIsMadeAgain() throws Exception {
    int failed = 0;
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> answer = call("GET", "never");
      if (answer.statusCode() == 502) {
        failed++;
        assertThat(answer.headers().firstValue("x-openfaas-internal")).hasValue("proxy");
      }
    }
    assertThat(failed).isPositive();
    assertThat(replica("n1").seen.get()).isEqualTo(20 - failed);
    assertThat(sidecar.stat("cluster.fn/acme/never.upstream_rq_retry")).isLessThan(1);
  }

  @Test
  void oneCallMoreThanTheLimitIsRefusedInWords() throws Exception {
    ScriptedFunction narrow = replica("c");
    narrow.gate = new CountDownLatch(1);
    List<CompletableFuture<HttpResponse<String>>> held =
        List.of(
            http.sendAsync(
                HttpRequest.newBuilder(outbound("/function/narrow")).build(),
                BodyHandlers.ofString()),
            http.sendAsync(
                HttpRequest.newBuilder(outbound("/function/narrow")).build(),
                BodyHandlers.ofString()));
    await().atMost(GENEROUS).until(() -> narrow.seen.get() == 2);
    HttpResponse<String> refused = call("GET", "narrow");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body())
        .isEqualTo(
            "acme/narrow has as many calls from here under way as"
                + " directfaas.io/max-concurrent-calls allows\n");
    assertThat(refused.headers().firstValue("x-openfaas-internal")).hasValue("proxy");
    assertThat(narrow.seen.get()).isEqualTo(2);
    narrow.gate.countDown();
    for (CompletableFuture<HttpResponse<String>> call : held) {
      assertThat(call.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    await().atMost(GENEROUS).until(() -> call("GET", "narrow").statusCode() == 200);
  }

  @Test
  void aReplicaThatFailsIsShutOutAndComesBack() throws Exception {
    ScriptedFunction bad = replica("x1");
    bad.status = 503;
    await()
        .atMost(GENEROUS)
        .until(
            () -> {
              call("POST", "shut");
              return healthy("shut") == 1;
            });
    bad.status = 200;
    int before = bad.seen.get();
    await().atMost(GENEROUS).until(() -> healthy("shut") == 2);
    await()
        .atMost(GENEROUS)
        .until(() -> call("POST", "shut").statusCode() == 200 && bad.seen.get() > before);
  }

  @Test
  void theOnlyReplicaIsNeverShutOut() throws Exception {
    ScriptedFunction only = replica("o");
    only.status = 503;
    for (int i = 0; i < 10; i++) {
      assertThat(call("POST", "only").body()).isEqualTo("o");
    }
    assertThat(healthy("only")).isEqualTo(1);
    assertThat(only.seen.get()).isEqualTo(10);
  }

  private long healthy(String function) {
    return sidecar.stat("cluster.fn/acme/" + function + ".membership_healthy");
  }
}
