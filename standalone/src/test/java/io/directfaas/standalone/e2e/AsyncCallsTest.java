package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Asynchronous calls through the whole stack, told from the functions' own logs. */
class AsyncCallsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Logs a line per call; its behaviour is in the path: /fail/N fails until the Nth try. */
  private static final String RECORDER =
      """
      import os, time, threading, urllib.request, urllib.error
      from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
      tries = {}
      class Recorder(BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def do_POST(self):
              body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
              seen = tries[self.path] = tries.get(self.path, 0) + 1
              h = self.headers
              print("call", self.path, "try=%d" % seen, "bytes=%d" % len(body),
                    "kind=%s" % h.get("X-Kind"), "callid=%s" % h.get("X-Call-Id"),
                    "name=%s" % h.get("X-Function-Name"), "status=%s" % h.get("X-Function-Status"),
                    "duration=%s" % (h.get("X-Duration-Seconds") is not None), "end", flush=True)
              status, answer = 200, b"result"
              if self.path.startswith("/fail/"):
                  status = 200 if seen >= int(self.path.split("/")[2]) else 503
              if self.path.startswith("/slow/"):
                  time.sleep(3)
              if self.path.startswith("/slower/"):
                  time.sleep(25)
              if self.path.startswith("/relay/"):
                  try:
                      call = urllib.request.Request("http://gateway:8080/async-function/" + self.path[7:], body)
                      with urllib.request.urlopen(call) as accepted:
                          status, answer = accepted.status, b""
                  except urllib.error.HTTPError as refused:
                      status, answer = refused.code, refused.read()
              self.send_response(status)
              self.send_header("X-Of-Function", "yes")
              self.send_header("Content-Length", str(len(answer)))
              self.end_headers()
              self.wfile.write(answer)
          do_GET = do_POST
          def log_message(self, *args): pass
      ThreadingHTTPServer(("", int(os.environ["PORT"])), Recorder).serve_forever()
      """;

  @TempDir static Path dir;
  private static StackUnderTest stack;
  private static final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() throws IOException {
    Files.createDirectories(dir.resolve("recorder"));
    Files.writeString(dir.resolve("recorder/server.py"), RECORDER);
    Files.writeString(
        dir.resolve("stack.yml"),
        """
        version: 1.0
        provider:
          name: openfaas
        functions:
          recorder:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
            annotations:
              com.openfaas.retry.attempts: "4"
              com.openfaas.retry.min_wait: "100ms"
              com.openfaas.retry.codes: "503"
          relay:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
            annotations:
              directfaas.io/calls: "recorder, hidden"
          hidden:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
            annotations:
              directfaas.io/public: "false"
          late:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
            annotations:
              directfaas.io/timeout: "1s"
              com.openfaas.retry.attempts: "3"
              com.openfaas.retry.min_wait: "100ms"
              com.openfaas.retry.codes: "503"
          crowded:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
            labels:
              com.openfaas.scale.type: queue
              com.openfaas.scale.target: "5"
              com.openfaas.scale.max: "3"
          stranger:
            namespace: acme
            image: local/http
            handler: ./recorder
            fprocess: python3 server.py
        """);
    stack = StackUnderTest.started();
    stack.succeed("deploy", "-f", dir.resolve("stack.yml").toString());
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void aCallIsAcceptedAtOnceAndMadeWithItsPathHeadersAndBody() throws Exception {
    HttpResponse<String> answer =
        async("recorder.acme/some/path?q=1", new byte[100_000], "X-Kind", "plain");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(answer.body()).isEmpty();
    String callId = answer.headers().firstValue("X-Call-Id").orElseThrow();
    assertThat(answer.headers().firstValue("X-Start-Time").orElseThrow()).matches("\\d{19}");
    awaitLog(
        "recorder", "call /some/path?q=1 try=1 bytes=100000 kind=plain callid=" + callId + " ");
  }

  @Test
  void aFailingCallIsTriedAgainByTheFunctionsAnnotations() throws Exception {
    async("recorder.acme/fail/3", new byte[1]);
    awaitLog("recorder", "call /fail/3 try=3 ");
    async("recorder.acme/fail/99", new byte[1]);
    awaitLog("recorder", "call /fail/99 try=4 ");
    async("recorder.acme/after", new byte[1]);
    awaitLog("recorder", "call /after ");
    assertThat(log("recorder")).doesNotContain("/fail/3 try=4").doesNotContain("/fail/99 try=5");
  }

  @Test
  void theResultGoesToTheCallbackWithTheDocumentedHeaders() throws Exception {
    HttpResponse<String> answer =
        async(
            "recorder.acme/called",
            new byte[5],
            "X-Callback-Url",
            "http://gateway.openfaas:8080/function/recorder.acme/callback");
    String callId = answer.headers().firstValue("X-Call-Id").orElseThrow();
    awaitLog(
        "recorder",
        "call /callback try=1 bytes=6 kind=None callid="
            + callId
            + " name=recorder.acme status=200 duration=True end");
  }

  @Test
  void whatCannotBeAcceptedIsRefusedInWords() throws Exception {
    assertThat(async("recorder.acme", new byte[(1 << 20) + 1]).statusCode()).isEqualTo(413);
    HttpResponse<String> unknown = async("nobody.acme", new byte[1]);
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).startsWith("error finding function nobody.acme:");
    for (String url : List.of("http://127.0.0.1:" + stack.port(8081) + "/", "gopher://x/")) {
      HttpResponse<String> inside = async("recorder.acme", new byte[1], "X-Callback-Url", url);
      assertThat(inside.statusCode()).as(url).isEqualTo(400);
      assertThat(inside.body()).startsWith("X-Callback-Url: ");
    }
    HttpResponse<String> get =
        http.send(
            HttpRequest.newBuilder(uri("/async-function/recorder.acme")).build(),
            BodyHandlers.ofString());
    assertThat(get.statusCode()).isEqualTo(405);
  }

  @Test
  void functionsCallAsynchronouslyAlongTheirEdgesAndNoOthers() throws Exception {
    HttpResponse<byte[]> allowed = stack.call("relay.acme/relay/recorder/inner", new byte[7]);
    assertThat(allowed.statusCode()).isEqualTo(202);
    awaitLog("recorder", "call /inner try=1 bytes=7 ");
    HttpResponse<byte[]> refused = stack.call("stranger.acme/relay/recorder/x", new byte[7]);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .startsWith("no edge acme/stranger -> acme/recorder");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(stack.control("GET", "/system/calls/denied?namespace=acme", "").body())
                    .contains(
                        "\"caller\":\"acme/stranger\",\"callee\":\"acme/recorder\"",
                        "\"seenBy\":\"mesh\"",
                        "{\"function\":\"acme/stranger\",\"annotation\":\"directfaas.io/calls\","
                            + "\"value\":\"recorder\"}"));
  }

  @Test
  void aFunctionThatIsNotPublicIsRefusedUpFrontAlsoFromInside() throws Exception {
    HttpResponse<byte[]> refused = stack.call("relay.acme/relay/hidden/x", new byte[7]);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .startsWith("acme/hidden is not public");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(async("hidden.acme", new byte[1]).statusCode()).isEqualTo(404);
  }

  @Test
  void acceptingACallIsNotYetACall() throws Exception {
    long before = invocations("recorder");
    for (int i = 0; i < 5; i++) {
      assertThat(async("recorder.acme/counted/" + i, new byte[1]).statusCode()).isEqualTo(202);
    }
    for (int i = 0; i < 5; i++) {
      awaitLog("recorder", "call /counted/" + i + " ");
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(invocations("recorder")).isGreaterThan(before + 4));
    assertThat(
            stack.metrics().lines().filter(line -> line.contains("\"recorder.acme\",code=\"202\"")))
        .isEmpty();
  }

  @Test
  void aCallThatTookTooLongIsNotMadeAgainUnasked() throws Exception {
    HttpResponse<String> answer = async("late.acme/slow/once", new byte[1]);
    assertThat(answer.statusCode()).isEqualTo(202);
    awaitLog("late", "call /slow/once try=1 ");
    // It has been answered 504 when a later one, made after it, is done with.
    await().atMost(PATIENCE).until(() -> queueOf("late") == 0);
    assertThat(log("late")).doesNotContain("call /slow/once try=2");
  }

  @Test
  void replicasFollowTheQueue() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(async("crowded.acme/slower/" + i, new byte[1]).statusCode()).isEqualTo(202);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        stack.control("GET", "/system/function/crowded?namespace=acme", "").body())
                    .contains("\"replicas\":3,"));
  }

  private static long queueOf(String function) {
    for (JsonNode each : stack.get(8083, "/status").path("functions")) {
      if (each.path("function").asString().equals("acme/" + function)) {
        return each.path("depth").asLong();
      }
    }
    return 0;
  }

  @Test
  void theWorkerIsAUserOfItsOwnAndOnlySidecarsReachIt() throws Exception {
    Path dir = stack.runDir().resolve("queue");
    String pid = Files.readString(dir.resolve("worker.pid")).strip().split("\\s+")[0];
    String process = Files.readString(Path.of("/proc", pid, "status"));
    assertThat(process)
        .containsPattern("\\nUid:\\t209000\\t209000\\t209000\\t209000\\n")
        .containsPattern("\\nGid:\\t209000\\t209000\\t209000\\t209000\\n")
        .containsPattern("\\nCapBnd:\\t0+\\n")
        .containsPattern("\\nCapEff:\\t0+\\n");
    Path socket = dir.resolve("socket/queue.sock");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-rw----");
    // A function's user, then the same with the sidecars' group.
    assertThat(postTo(socket, "--clear-groups")).isEqualTo("000");
    assertThat(postTo(socket, "--groups=209001")).isEqualTo("400");
    assertThat(stack.status().path("queue").path("accepted").isIntegralNumber()).isTrue();
  }

  /** The status that the worker answers a call for no function with, 000 for no answer. */
  private static String postTo(Path socket, String groups) {
    return StackUnderTest.execute(
            List.of(
                "setpriv",
                "--reuid=210099",
                "--regid=210099",
                groups,
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "POST",
                "--unix-socket",
                socket.toString(),
                "http://queue/"))
        .output();
  }

  private static long invocations(String function) {
    return stack
        .control("GET", "/system/function/" + function + "?namespace=acme", "")
        .body()
        .replaceAll("(?s).*\"invocationCount\":([0-9]+).*", "$1")
        .transform(Long::parseLong);
  }

  @Test
  void whatWasAcceptedIsMadeThoughEverythingIsKilledAtOnce() throws Exception {
    Set<String> accepted = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      String path = "/slow/" + i;
      if (async("recorder.acme" + path, new byte[10]).statusCode() == 202) {
        accepted.add(path);
      }
    }
    assertThat(accepted).hasSize(20);
    // A worker that sees a function die while it answers has a result for that call.
    Machine.killAtOnce(Machine.processes(stack).keySet());
    stack.succeed("up");
    for (String path : accepted) {
      awaitLog("recorder", "call " + path + " ");
    }
  }

  private static HttpResponse<String> async(String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("/async-function/" + path))
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofByteArray(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static URI uri(String path) {
    return URI.create("http://127.0.0.1:" + stack.port(8080) + path);
  }

  private static void awaitLog(String function, String wanted) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(log(function)).contains(wanted));
  }

  private static String log(String function) {
    return stack.control("GET", "/system/logs?name=" + function + "&namespace=acme", "").body();
  }
}
