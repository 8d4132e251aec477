package io.directfaas.watchdog;

import static io.directfaas.watchdog.RunningWatchdog.script;
import static io.directfaas.watchdog.RunningWatchdog.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProbesAndMetricsTest {
  @TempDir Path temporary;

  @Test
  void itIsHealthyAsLongAsTheLockFileIsThere() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat")) {
      assertThat(text(function.get("/_/health"))).isEqualTo("OK");
      assertThat(function.get("/_/ready").statusCode()).isEqualTo(200);
      assertThat(function.post("/_/health", new byte[0]).statusCode()).isEqualTo(405);
      Files.delete(temporary.resolve(".lock"));
      assertThat(function.get("/_/health").statusCode()).isEqualTo(503);
      assertThat(function.get("/_/ready").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void theLockFileCanBeDoneWithout() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat", "suppress_lock", "true")) {
      assertThat(temporary.resolve(".lock")).doesNotExist();
      assertThat(function.get("/_/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void beyondTheLimitCallsAreRefusedAndItIsNotReady() throws Exception {
    Path begun = temporary.resolve("begun");
    Path go = temporary.resolve("go");
    String waiting =
        script(temporary, "touch " + begun + "; until [ -e " + go + " ]; do sleep 0.05; done");
    try (var function = RunningWatchdog.start(temporary, waiting, "max_inflight", "1")) {
      CompletableFuture<Integer> first =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return function.get("/").statusCode();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> Files.exists(begun));
      HttpResponse<byte[]> second = function.post("/", new byte[1_000_000]);
      assertThat(second.statusCode()).isEqualTo(429);
      assertThat(text(second)).contains("1");
      assertThat(function.get("/_/ready").statusCode()).isEqualTo(429);
      assertThat(function.get("/_/health").statusCode()).isEqualTo(200);
      assertThat(function.metrics()).contains("http_requests_in_flight 1\n");
      Files.createFile(go);
      assertThat(first.get()).isEqualTo(200);
      await().until(() -> function.get("/_/ready").statusCode() == 200);
      assertThat(function.get("/").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void callsAreCountedByStatusAndMethodAndProbesAreNot() throws Exception {
    String choosing = script(temporary, "test $Http_Method = POST");
    try (var function = RunningWatchdog.start(temporary, choosing)) {
      function.get("/_/health");
      function.post("/", new byte[1]);
      function.post("/", new byte[1]);
      function.get("/");
      await()
          .untilAsserted(
              () ->
                  assertThat(function.metrics().lines())
                      .contains(
                          "# TYPE http_requests_total counter",
                          "http_requests_total{code=\"200\",method=\"post\"} 2",
                          "http_requests_total{code=\"500\",method=\"get\"} 1",
                          "http_request_duration_seconds_bucket{code=\"200\",method=\"post\",le=\"+Inf\"}"
                              + " 2",
                          "http_request_duration_seconds_count{code=\"500\",method=\"get\"} 1",
                          "http_requests_in_flight 0")
                      .filteredOn(line -> line.startsWith("http_requests_total"))
                      .hasSize(2));
    }
  }
}
