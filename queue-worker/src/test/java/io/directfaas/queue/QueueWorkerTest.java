package io.directfaas.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole worker; who stands for the ingress and gateway-lite answers as it is told. */
@Timeout(180)
class QueueWorkerTest {
  private static final Duration GENEROUS = Duration.ofSeconds(90);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Two tries, of what fails with 500 only. */
  private static final String FUNCTION =
      """
      {"annotations":{"com.openfaas.retry.attempts":"2","com.openfaas.retry.codes":"500",
                      "com.openfaas.retry.min_wait":"10ms"}}
      """;

  @TempDir Path dir;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer others;
  private QueueWorker worker;
  private Path socket;

  @BeforeEach
  void start() throws Exception {
    others = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    others.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    others.createContext("/function/", this::call);
    others.createContext("/system/function/", exchange -> send(exchange, 200, FUNCTION));
    others.start();
    Files.writeString(dir.resolve("basic-auth-user"), "u");
    Files.writeString(dir.resolve("basic-auth-password"), "p");
    // Not below the test's own directory, whose path may be too long for a socket.
    socket = Files.createTempDirectory("dfq").resolve("s");
    String address = "http://127.0.0.1:" + others.getAddress().getPort();
    worker =
        QueueWorker.start(
            QueueConfig.parse(
                new String[] {
                  "--socket=" + socket,
                  "--state-dir=" + dir.resolve("state"),
                  "--ingress=" + address,
                  "--gateway=" + address,
                  "--credentials=" + dir,
                  "--http-port=0"
                }));
  }

  @AfterEach
  void stop() throws Exception {
    release.countDown();
    worker.close();
    others.stop(0);
    http.close();
    Files.deleteIfExists(socket);
    Files.delete(socket.getParent());
  }

  /** The path says how a call is answered: a status, or "unseen-" and a status, or "held". */
  private void call(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    int tries = seen.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    String wanted = path.substring(path.lastIndexOf('/') + 1);
    try {
      if (wanted.equals("held")) {
        release.await();
        send(exchange, 200, "");
      } else if (wanted.startsWith("unseen-")) {
        if (tries <= 2) {
          exchange.getResponseHeaders().set("X-OpenFaaS-Internal", "proxy");
        }
        send(exchange, tries <= 2 ? Integer.parseInt(wanted.substring(7)) : 200, "");
      } else {
        send(exchange, Integer.parseInt(wanted), "");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** As an Envoy does. */
  private String post(String path, String... headers) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      String request =
          "POST "
              + path
              + " HTTP/1.1\r\nHost: q\r\nX-DirectFaaS-Callee: acme/f\r\nX-Call-Id: c\r\n"
              + "X-Start-Time: 1\r\nContent-Length: 0\r\nConnection: close\r\n"
              + String.join("", List.of(headers).stream().map(h -> h + "\r\n").toList())
              + "\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      while (channel.read(buffer) >= 0) {
        answer.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  private void accept(String path, String... headers) throws IOException {
    assertThat(post(path, headers)).startsWith("HTTP/1.1 202");
  }

  private int seen(String path) {
    AtomicInteger tries = seen.get("/function/f.acme" + path);
    return tries == null ? 0 : tries.get();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.httpPort() + path)).build(),
        BodyHandlers.ofString());
  }

  private JsonNode status() throws Exception {
    return JSON.readTree(get("/status").body());
  }

  private void awaitEmpty() {
    await().atMost(GENEROUS).until(() -> status().path("depth").asLong(-1) == 0);
    await().atMost(GENEROUS).until(() -> status().path("inFlight").asLong(-1) == 0);
  }

  @Test
  void aCallThatNoFunctionHasSeenIsMadeAgainWhateverTheCodes() throws Exception {
    for (int status : List.of(502, 503, 404)) {
      accept("/unseen-" + status);
    }
    awaitEmpty();
    for (int status : List.of(502, 503, 404)) {
      assertThat(seen("/unseen-" + status)).as("%d", status).isEqualTo(3);
    }
    assertThat(status().path("executed").asLong()).isEqualTo(3);
    assertThat(status().path("retried").asLong()).isEqualTo(6);
    assertThat(status().path("abandoned").asLong()).isZero();
  }

  @Test
  void aCallThatMayHaveHadItsEffectIsMadeAgainOnlyIfTheCodesSaySo() throws Exception {
    for (int status : List.of(502, 503, 504, 500)) {
      accept("/" + status);
    }
    awaitEmpty();
    for (int status : List.of(502, 503, 504)) {
      assertThat(seen("/" + status)).as("%d", status).isEqualTo(1);
    }
    assertThat(seen("/500")).isEqualTo(2);
    assertThat(status().path("abandoned").asLong()).isEqualTo(1);
  }

  @Test
  void metricsSayWhatWaitsAndWhatBecameOfTheRest() throws Exception {
    accept("/held");
    accept("/500");
    accept("/200", "X-Callback-Url: http://gateway:8080/function/f.acme/201");
    accept("/200", "X-Callback-Url: http://gateway:8080/function/f.acme/201");
    await().atMost(GENEROUS).until(() -> status().path("depth").asLong() == 1);
    await().atMost(GENEROUS).until(() -> status().path("inFlight").asLong() == 1);

    JsonNode status = status();
    assertThat(status.path("functions"))
        .isEqualTo(JSON.readTree("[{\"function\":\"acme/f\",\"depth\":1}]"));
    assertThat(status.path("accepted").asLong()).isEqualTo(4);
    assertThat(status.path("callbacks").path("sent").asLong()).isEqualTo(2);
    HttpResponse<String> metrics = get("/metrics");
    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body().lines().filter(line -> !line.startsWith("#")))
        .containsExactlyInAnyOrder(
            "directfaas_queue_depth{function_name=\"f.acme\"} 1.0",
            "directfaas_queue_in_flight 1.0",
            "directfaas_queue_accepted_total 4.0",
            "directfaas_queue_executed_total 3.0",
            "directfaas_queue_retried_total{reason=\"status\"} 1.0",
            "directfaas_queue_retried_total{reason=\"unreached\"} 0.0",
            "directfaas_queue_abandoned_total 1.0",
            "directfaas_queue_callbacks_total{outcome=\"failed\"} 0.0",
            "directfaas_queue_callbacks_total{outcome=\"sent\"} 2.0");
    release.countDown();
    awaitEmpty();
    assertThat(get("/metrics").body()).doesNotContain("function_name=");
  }

  @Test
  void onlyOwnerAndGroupMayUseTheSocket() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-rw----");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/nothing").statusCode()).isEqualTo(404);
  }
}
