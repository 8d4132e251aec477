package io.directfaas.xds.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.activation.Activator.Outcome;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls through an Envoy to a function without a replica. */
class ColdCallTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final Functions functions = closedAfter(new Functions());
  private final HttpClient http = closedAfter(HttpClient.newHttpClient());
  private final TestGraph graph = new TestGraph();
  private final Queue<CompletableFuture<Outcome>> asked = new ConcurrentLinkedQueue<>();
  private final AtomicInteger questions = new AtomicInteger();
  private Layout layout;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    layout = Layout.in(directory);
    graph.function("a").function("b").edges("a", "b");
    server = closedAfter(TestServer.start(layout));
    server.activator =
        (caller, callee) -> {
          CompletableFuture<Outcome> outcome = new CompletableFuture<>();
          questions.incrementAndGet();
          asked.add(outcome);
          return outcome;
        };
    server.goWhole(graph);
    server.open(layout, "a1", A);
    closedAfter(
        EnvoyProcess.start(
            EnvoyBootstrap.of("a1", A, layout.xdsSocket("a1"), layout.adminSocket("a1"))));
    await()
        .atMost(LONG)
        .until(() -> server.sidecar("a1").ackedRevision() == graph.graph().revision());
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

  private CompletableFuture<HttpResponse<String>> call() {
    URI uri = URI.create("http://127.0.0.1:" + layout.outboundPort() + "/function/b/x");
    return http.sendAsync(
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString("body")).build(),
        BodyHandlers.ofString());
  }

  private void allAreAnswered(Outcome outcome) {
    for (CompletableFuture<Outcome> one = asked.poll(); one != null; one = asked.poll()) {
      one.complete(outcome);
    }
  }

  @Test
  void callsWaitForTheFirstReplicaAndLaterOnesAskNobody() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      calls.add(call());
    }
    await().atMost(LONG).until(() -> asked.size() == 16);
    assertThat(calls).noneMatch(CompletableFuture::isDone);

    // The outcome overtakes the endpoint: the calls are held until the sidecar has it.
    allAreAnswered(new Outcome.Ready(graph.graph().revision() + 1));
    server.go(graph.replica("b1", "b", functions.start("b1")));

    for (CompletableFuture<HttpResponse<String>> call : calls) {
      HttpResponse<String> answer = call.get(30, TimeUnit.SECONDS);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).startsWith("b1 /x\n");
    }
    for (int i = 0; i < 20; i++) {
      assertThat(call().get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    assertThat(questions).hasValue(16);
  }

  @Test
  void whoCannotBeStartedIsRefusedInTheOwnersWords() throws Exception {
    CompletableFuture<HttpResponse<String>> call = call();
    await().atMost(LONG).until(() -> asked.size() == 1);

    allAreAnswered(new Outcome.Refused(503, "acme/b does not start: no such file"));

    assertThat(call.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
    assertThat(call.get().body()).isEqualTo("acme/b does not start: no such file\n");
  }

  @Test
  void aCallerThatGivesUpIsWaitedForNoLonger() {
    CompletableFuture<HttpResponse<String>> call = call();
    await().atMost(LONG).until(() -> asked.size() == 1);

    call.cancel(true);

    await().atMost(LONG).until(() -> asked.element().isCancelled());
  }

  @Test
  void aFunctionThatIsScaledToZeroBeforeTheCallGoesOnIsAskedForAgain() throws Exception {
    CompletableFuture<HttpResponse<String>> call = call();
    await().atMost(LONG).until(() -> asked.size() == 1);
    allAreAnswered(new Outcome.Ready(graph.graph().revision() + 2));
    server.go(graph.replica("b1", "b", functions.start("b1")));
    server.go(graph.withoutReplica("b1"));

    await().atMost(LONG).until(() -> asked.size() == 1);
    assertThat(call).isNotDone();
    server.go(graph.replica("b2", "b", functions.start("b2")));
    allAreAnswered(new Outcome.Ready(graph.graph().revision()));

    assertThat(call.get(30, TimeUnit.SECONDS).body()).startsWith("b2 /x\n");
  }

  @Test
  void noCallFailsWhileTheLastReplicaLeavesAndANewOneComes() throws Exception {
    server.go(graph.replica("b1", "b", functions.start("b1")));
    AtomicBoolean stop = new AtomicBoolean();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger good = new AtomicInteger();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!stop.get()) {
                    try {
                      HttpResponse<String> answer = call().get(60, TimeUnit.SECONDS);
                      if (answer.statusCode() == 200) {
                        good.incrementAndGet();
                      } else {
                        failures.add(answer.statusCode() + " " + answer.body());
                      }
                    } catch (Exception e) {
                      failures.add(e.toString());
                    }
                  }
                });
    for (int round = 0; round < 8; round++) {
      int before = good.get();
      await().atMost(LONG).until(() -> good.get() > before + 3);
      server.go(graph.replica("b1", "b", functions.start("b1"), ReplicaState.DRAINING));
      server.go(graph.withoutReplica("b1"));
      await().atMost(LONG).until(() -> !asked.isEmpty());
      server.go(graph.replica("b1", "b", functions.start("b1")));
      allAreAnswered(new Outcome.Ready(graph.graph().revision()));
    }
    stop.set(true);
    caller.join();
    assertThat(failures).isEmpty();
  }
}
