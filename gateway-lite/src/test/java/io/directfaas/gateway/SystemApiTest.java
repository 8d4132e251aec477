package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.graph.ReplicaState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class SystemApiTest {
  @TempDir Path stateDir;

  @Test
  void infoIsCompleteEnoughForClients() {
    try (Gateway gateway = Gateway.start(stateDir)) {
      JsonNode info = gateway.get("/system/info").json();
      assertThat(info.at("/provider/provider").stringValue()).isEqualTo("recording");
      assertThat(info.at("/provider/orchestration").stringValue()).isNotEmpty();
      assertThat(info.at("/provider/version/release").stringValue()).matches("\\d.*");
      assertThat(info.at("/provider/version/sha").stringValue()).isNotEmpty();
      assertThat(info.at("/version/release").stringValue()).matches("\\d.*");
      assertThat(info.at("/version/sha").stringValue()).isNotEmpty();
      assertThat(info.at("/arch").stringValue()).isNotEmpty();
    }
  }

  @Test
  void telemetryIsNumbersBehindTheCredentials() {
    try (Gateway gateway = Gateway.start(stateDir)) {
      gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      JsonNode numbers = gateway.get("/system/telemetry").json();
      assertThat(numbers.get("functions").intValue()).isEqualTo(1);
      assertThat(numbers.get("namespaces").intValue()).isEqualTo(1);
      assertThat(gateway.send(gateway.anonymous("/system/telemetry")).status()).isEqualTo(401);
    }
  }

  @Test
  void thePageIsServed() {
    try (Gateway gateway = Gateway.start(stateDir)) {
      Answer page = gateway.get("/ui/");
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.header("content-type")).startsWith("text/html");
      assertThat(page.body()).contains("/system/graph");
      assertThat(gateway.get("/ui").header("location")).isEqualTo("/ui/");
    }
  }

  @Test
  void whatThisVersionLacksIsSaidInOneLine() {
    try (Gateway gateway = Gateway.start(stateDir)) {
      for (String path : new String[] {"/system/chains", "/system/chain/c"}) {
        Answer answer = gateway.get(path);
        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.body()).startsWith("path: this version of gateway-lite has no ");
        assertThat(answer.body().strip()).hasLineCount(1);
      }
      assertThat(gateway.post("/function/f", "x").status()).isEqualTo(501);
      assertThat(gateway.post("/async-function/f", "x").status()).isEqualTo(501);
    }
  }

  @Test
  void metricsNameEveryFunctionAndCountEveryBody() throws Exception {
    try (Gateway gateway = Gateway.start(stateDir)) {
      assertThat(gateway.metrics("/healthz").body()).isEqualTo("OK");
      assertThat(gateway.metrics("/nothing").status()).isEqualTo(404);
      assertThat(value(gateway, "directfaas_gateway_http_request_bytes_total")).isZero();

      gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      assertThat(gateway.metrics("/metrics").body())
          .contains("\ngateway_service_count{function_name=\"f.openfaas-fn\"} 0\n");
      await().until(() -> gateway.provider.desired.size() == 1);
      gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
      assertThat(gateway.metrics("/metrics").body())
          .contains("\ngateway_service_count{function_name=\"f.openfaas-fn\"} 1\n");

      awaitRequestBytes(gateway, "{\"service\":\"f\",\"image\":\"i\"}".length());
      long responses = value(gateway, "directfaas_gateway_http_response_bytes_total");
      // a body that nobody reads passes the connector all the same
      assertThat(gateway.send("POST", "/nothing", new byte[10_000]).status()).isEqualTo(404);
      awaitRequestBytes(gateway, 27 + 10_000);
      await()
          .untilAsserted(
              () ->
                  assertThat(value(gateway, "directfaas_gateway_http_response_bytes_total"))
                      .isEqualTo(responses + "404 page not found\n".length()));
    }
  }

  @Test
  void theApiIsServedOnAUnixSocketToo(@TempDir Path run) throws IOException {
    Path socket = run.resolve("gateway.sock");
    Map<String, String> properties =
        Map.of("socket", socket.toString(), "socket-permissions", "rw-rw-rw-");
    Files.createFile(socket); // left behind by a killed process
    try (Gateway gateway = Gateway.start(stateDir, properties)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw-rw-");
      assertThat(ask(socket, "/healthz", "")).startsWith("HTTP/1.1 200 ").endsWith("OK");
      assertThat(ask(socket, "/system/functions", "")).startsWith("HTTP/1.1 401 ");
      assertThat(
              ask(
                  socket,
                  "/system/functions",
                  "Authorization: " + gateway.authorization() + "\r\n"))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("[]");
      await()
          .until(
              () -> value(gateway, "directfaas_gateway_http_response_bytes_total") == 2 + 20 + 2);
    }
    assertThat(socket).doesNotExist();
  }

  private static void awaitRequestBytes(Gateway gateway, long expected) {
    await()
        .untilAsserted(
            () ->
                assertThat(value(gateway, "directfaas_gateway_http_request_bytes_total"))
                    .isEqualTo(expected));
  }

  private static long value(Gateway gateway, String metric) {
    return gateway
        .metrics("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToLong(line -> Long.parseLong(line.substring(metric.length() + 1)))
        .sum();
  }

  private static String ask(Path socket, String path, String headers) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
      ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
      while (channel.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    }
  }
}
