package io.directfaas.xds.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an Envoy says of its calls arrives, exactly. */
class EnvoyCallsTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final FunctionRef B = TestGraph.ref("b");
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final Functions functions = closedAfter(new Functions());
  private final HttpClient http = closedAfter(HttpClient.newHttpClient());
  private final TestGraph graph = new TestGraph();
  private Layout layout;

  @BeforeEach
  void layOut() throws Exception {
    layout = Layout.in(directory);
    graph.function("a").function("b").replica("b1", "b", functions.start("b1")).edges("a", "b");
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

  private TestServer server() throws Exception {
    TestServer server = closedAfter(TestServer.start(layout));
    server.goWhole(graph);
    return server;
  }

  private EnvoyProcess envoy(TestServer server) throws Exception {
    server.open(layout, "a1", A);
    EnvoyProcess envoy =
        closedAfter(
            EnvoyProcess.start(
                EnvoyBootstrap.of("a1", A, layout.xdsSocket("a1"), layout.adminSocket("a1"))));
    awaitSettled(server);
    return envoy;
  }

  private void awaitSettled(TestServer server) {
    await()
        .atMost(LONG)
        .until(() -> server.sidecar("a1").ackedRevision() == graph.graph().revision());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + layout.outboundPort() + "/function/" + path))
        .build();
  }

  private int call(String path) throws Exception {
    return http.send(request(path), BodyHandlers.discarding()).statusCode();
  }

  /** All lives of all sources together. */
  private static FunctionCalls total(TestServer server, FunctionRef function) {
    return server.calls.values().stream()
        .flatMap(calls -> calls.functions().stream())
        .filter(calls -> calls.function().equals(function))
        .reduce(FunctionCalls.none(function), FunctionCalls::plus);
  }

  private static Map<Integer, Long> codes(FunctionCalls calls) {
    Map<Integer, Long> codes = new HashMap<>();
    calls.ended().forEach(ended -> codes.put(ended.code(), ended.count()));
    return codes;
  }

  @Test
  void everyStatusIsCountedExactlyAlsoAcrossARestartOfTheServer() throws Exception {
    TestServer first = TestServer.start(layout);
    first.goWhole(graph);
    envoy(first);
    for (int i = 0; i < 40; i++) {
      call("b/status?200");
      call("b/status?404");
    }
    first.close();
    // Nobody listens: these are not lost.
    for (int i = 0; i < 25; i++) {
      call("b/status?200");
      call("b/status?503");
    }
    TestServer second = server();
    second.open(layout, "a1", A);
    call("b/status?418");
    call("not-declared");

    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(codes(total(second, B)))
                    .isEqualTo(Map.of(200, 65L, 404, 40L, 503, 25L, 418, 1L)));
    FunctionCalls calls = total(second, B);
    assertThat(calls.started()).isEqualTo(131);
    assertThat(calls.inFlight()).isZero();
    for (EndedCalls ended : calls.ended()) {
      assertThat(ended.buckets().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(ended.count());
      assertThat(ended.seconds()).isPositive();
    }
    assertThat(second.calls.values()).allMatch(said -> said.functions().size() == 1);
  }

  @Test
  void aCallThatLastsIsInFlightInBothReports() throws Exception {
    TestServer server = server();
    envoy(server);
    HttpResponse<InputStream> lasting =
        http.send(request("b/events"), BodyHandlers.ofInputStream());

    await().atMost(LONG).until(() -> total(server, B).inFlight() == 1);
    await()
        .atMost(LONG)
        .until(
            () ->
                server.loads.loads().stream()
                    .anyMatch(
                        load ->
                            load.edge().callee().equals(B)
                                && load.edge().caller().equals(A)
                                && load.inFlight() == 1));
    functions.goOn.complete(true);
    lasting.body().readAllBytes();
    await().atMost(LONG).until(() -> total(server, B).inFlight() == 0);
    await().atMost(LONG).until(() -> server.loads.loads().isEmpty());
    assertThat(codes(total(server, B))).isEqualTo(Map.of(200, 1L));
  }

  @Test
  void callsWhoseCallersLeaveBeforeOrDuringTheAnswerHaveEnded() throws Exception {
    TestServer server = server();
    envoy(server);
    InputStream lasting = http.send(request("b/events"), BodyHandlers.ofInputStream()).body();
    var unanswered = http.sendAsync(request("b/hold"), BodyHandlers.discarding());
    await().atMost(LONG).until(() -> total(server, B).inFlight() == 2);

    lasting.close();
    unanswered.cancel(true);

    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(codes(total(server, B)))
                    .isEqualTo(Map.of(200, 1L, EndedCalls.CALLER_GONE, 1L)));
    assertThat(total(server, B).inFlight()).isZero();
    // They waited for each other's count at least, so for seconds: not for microseconds.
    assertThat(total(server, B).ended()).allMatch(ended -> ended.seconds() > 0.1);
    functions.goOn.complete(true);
  }

  @Test
  void theRateOfAnEdgeIsReported() throws Exception {
    TestServer server = server();
    envoy(server);
    await()
        .atMost(LONG)
        .until(
            () -> {
              for (int i = 0; i < 10; i++) {
                call("b/status?500");
              }
              List<EdgeLoad> loads = server.loads.loads();
              return loads.size() == 1
                  && loads.getFirst().callsPerSecond() > 5
                  && loads.getFirst().failuresPerSecond() > 5;
            });
  }

  @Test
  void callsOverARemovedEdgeThatEndLaterAreCountedAndTheListenerMayChange() throws Exception {
    TestServer server = server();
    envoy(server);
    call("b/status?200");
    HttpResponse<InputStream> lasting =
        http.send(request("b/events"), BodyHandlers.ofInputStream());
    await().atMost(LONG).until(() -> total(server, B).inFlight() == 1);

    server.go(graph.withoutEdge("a", "b"));
    functions.goOn.complete(true);
    lasting.body().readAllBytes();

    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(codes(total(server, B))).isEqualTo(Map.of(200, 2L)));
  }
}
