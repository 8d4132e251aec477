package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.standalone.e2e.StackUnderTest.Outcome;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many calls: each is counted once, and none fails while all around it changes. */
class SteadyLoadTest {
  /** The short form; {@code -Ddirectfaas.test.calls=10000} is the long one. */
  private static final int CALLS = Integer.getInteger("directfaas.test.calls", 1000);

  /** Likewise in seconds; the long one is {@code load-tests/gateway/soak.py}'s own. */
  private static final int SOAK = Integer.getInteger("directfaas.test.soak", 30);

  private static final int CLIENTS = 8;
  private static final int[] CODES = {200, 201, 404, 418, 200, 429, 500, 200, 403, 200};
  private static final Duration LONG = Duration.ofMinutes(3);

  /** Answers with the status in its path; outer asks inner for it. */
  private static final String CODES_SERVER =
      """
      import os, urllib.error, urllib.request
      from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

      class Codes(BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def do_POST(self):
              body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
              status = int(self.path.strip("/"))
              if os.environ.get("NEXT"):
                  try:
                      url = "http://gateway:8080/function/%s/%d" % (os.environ["NEXT"], status)
                      with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
                          status = answer.status
                  except urllib.error.HTTPError as error:
                      status = error.code
              self.send_response(status)
              self.send_header("Content-Length", "0")
              self.end_headers()
          def log_message(self, *args): pass

      class Server(ThreadingHTTPServer):
          request_queue_size = 128
          daemon_threads = True

      Server(("", int(os.environ["PORT"])), Codes).serve_forever()
      """;

  @TempDir static Path dir;
  private static StackUnderTest stack;

  @BeforeAll
  static void start() throws IOException {
    Files.createDirectories(dir.resolve("codes"));
    Files.writeString(dir.resolve("codes/server.py"), CODES_SERVER);
    Files.writeString(
        dir.resolve("stack.yml"),
        """
        version: 1.0
        provider:
          name: openfaas
        functions:
          outer:
            namespace: acme
            image: local/http
            handler: ./codes
            fprocess: python3 server.py
            environment:
              NEXT: inner
            annotations:
              directfaas.io/calls: "inner"
          inner:
            namespace: acme
            image: local/http
            handler: ./codes
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
  void everyCallIsCountedOnceByItsCodeAtTheIngressAndAtTheSidecar() throws Exception {
    Map<Integer, Long> seen = new ConcurrentHashMap<>();
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(CLIENTS)) {
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        clients.add(
            pool.submit(
                () -> {
                  for (int i = first; i < CALLS; i += CLIENTS) {
                    HttpResponse<byte[]> answer =
                        stack.call("outer.acme/" + CODES[i % CODES.length], new byte[10]);
                    seen.merge(answer.statusCode(), 1L, Long::sum);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> client : clients) {
      client.get();
    }

    assertThat(seen.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(CALLS);
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              String metrics = stack.metrics();
              for (String function : List.of("outer.acme", "inner.acme")) {
                assertThat(byCode(metrics, "gateway_function_invocation_total", function))
                    .as(function)
                    .isEqualTo(new TreeMap<>(seen));
                assertThat(byCode(metrics, "gateway_functions_seconds_count", function))
                    .as(function)
                    .isEqualTo(new TreeMap<>(seen));
                assertThat(metrics)
                    .contains(
                        "gateway_function_invocation_started{function_name=\""
                            + function
                            + "\"} "
                            + CALLS
                            + "\n");
              }
            });
    String list = stack.control("GET", "/system/functions?namespace=acme", "").body();
    assertThat(list.split("\"invocationCount\":" + CALLS + "}", -1)).hasSize(3);
  }

  private static Map<Integer, Long> byCode(String metrics, String name, String function) {
    Matcher line =
        Pattern.compile(
                name
                    + "\\{function_name=\""
                    + Pattern.quote(function)
                    + "\",code=\"(\\d+)\"} (\\d+)")
            .matcher(metrics);
    Map<Integer, Long> counts = new TreeMap<>();
    while (line.find()) {
      counts.put(Integer.valueOf(line.group(1)), Long.valueOf(line.group(2)));
    }
    return counts;
  }

  @Test
  void noCallToAFunctionThatStaysFailsWhileEverythingAroundItChanges() {
    Outcome soak =
        StackUnderTest.execute(
            List.of(
                "python3",
                StackUnderTest.home().resolve("load-tests/gateway/soak.py").toString(),
                "--base",
                "http://127.0.0.1:" + stack.port(8080),
                "--secrets",
                stack.stateDir().resolve("secrets").toString(),
                "--rate",
                "20",
                "--seconds",
                Integer.toString(SOAK)));

    assertThat(soak.exit()).as(soak.output()).isZero();
  }
}
