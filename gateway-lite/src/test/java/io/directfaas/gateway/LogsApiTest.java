package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.provider.LogLine;
import io.directfaas.gateway.provider.LogQuery;
import io.directfaas.graph.FunctionRef;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class LogsApiTest {
  private static final FunctionRef F = new FunctionRef("openfaas-fn", "f");
  private static final Instant TIME = Instant.parse("2026-01-31T12:00:00.5Z");

  @TempDir Path stateDir;

  @Test
  void everyLineIsAMessageWithAllItsFields() {
    try (Gateway gateway = started(Map.of())) {
      logs(gateway).lines.add(line("one \"quoted\" \u00fc"));
      logs(gateway).lines.add(line(""));
      Answer answer = gateway.get("/system/logs?name=f");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("content-type")).isEqualTo("application/x-ndjson");
      List<JsonNode> messages = answer.body().lines().map(Json.MAPPER::readTree).toList();
      assertThat(messages).hasSize(2);
      assertThat(messages.getFirst())
          .isEqualTo(
              Json.MAPPER.readTree(
                  "{\"name\":\"f\",\"namespace\":\"openfaas-fn\",\"instance\":\"f-1\",\"timestamp\":\"2026-01-31T12:00:00.500Z\",\"text\":\"one"
                      + " \\\"quoted\\\" \u00fc\"}"));
      assertThat(messages.getLast().get("text").stringValue()).isEmpty();
    }
  }

  @Test
  void whatIsAskedReachesTheSource() {
    try (Gateway gateway = started(Map.of("write-timeout", "200ms"))) {
      gateway.get("/system/logs?name=f&tail=5&since=2026-01-31T14:00:00%2B02:00&instance=f-1");
      gateway.get("/system/logs?name=f.openfaas-fn&follow=1&tail=-1");
      assertThat(logs(gateway).queries)
          .containsExactly(
              new LogQuery(F, "f-1", 5, Instant.parse("2026-01-31T12:00:00Z"), false),
              new LogQuery(F, null, -1, null, true));
    }
  }

  @Test
  void aFollowedLogComesLineByLineAndEndsAtTheWriteTimeout() throws Exception {
    try (Gateway gateway = started(Map.of("write-timeout", "3s"));
        Socket socket = ask(gateway, "/system/logs?name=f&follow=true")) {
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (int i = 0; i < 3; i++) {
        // the next line is written only when the one before has been read
        logs(gateway).lines.add(line("line " + i));
        assertThat(read(reader, "\"text\"")).contains("line " + i);
      }
      while (reader.readLine() != null) {
        // to its end, which comes by itself
      }
      assertThat(logs(gateway).open).hasValue(0);
    }
  }

  @Test
  void aReaderThatGoesAwayLeavesNothingBehind() throws Exception {
    try (Gateway gateway = started(Map.of("write-timeout", "10m"))) {
      Socket socket = ask(gateway, "/system/logs?name=f&follow=true");
      await().until(() -> logs(gateway).open.get() == 1);
      socket.close();
      // silent, so only the heartbeat finds out
      await().atMost(Duration.ofSeconds(60)).until(() -> logs(gateway).open.get() == 0);
    }
  }

  @Test
  void whatCannotBeReadIsRefused() {
    try (Gateway gateway = started(Map.of())) {
      for (String query : List.of("tail=x", "since=yesterday", "follow=maybe")) {
        Answer answer = gateway.get("/system/logs?name=f&" + query);
        assertThat(answer.status()).as(query).isEqualTo(422);
        assertThat(answer.body().strip()).hasLineCount(1).startsWith(query.split("=")[0] + ": ");
      }
      assertThat(gateway.get("/system/logs").status()).isEqualTo(400);
      assertThat(gateway.get("/system/logs?name=nobody").status()).isEqualTo(404);
      assertThat(logs(gateway).queries).isEmpty();
      assertThat(gateway.send(gateway.anonymous("/system/logs?name=f")).status()).isEqualTo(401);
    }
  }

  @Test
  void aPlatformWithoutLogsSaysSo() {
    try (Gateway gateway = started(Map.of())) {
      gateway.provider.logs = null;
      assertThat(gateway.get("/system/logs?name=f").status()).isEqualTo(501);
    }
  }

  private Gateway started(Map<String, String> properties) {
    Gateway gateway = Gateway.start(stateDir, properties);
    assertThat(gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}").status()).isEqualTo(202);
    return gateway;
  }

  private static ListedLogs logs(Gateway gateway) {
    return Objects.requireNonNull(gateway.provider.logs);
  }

  private static LogLine line(String text) {
    return new LogLine(F, "f-1", TIME, text);
  }

  private static Socket ask(Gateway gateway, String path) throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.httpPort());
    socket
        .getOutputStream()
        .write(
            ("GET "
                    + path
                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                    + gateway.authorization()
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private static String read(BufferedReader reader, String wanted) throws IOException {
    String line = reader.readLine();
    while (line != null && !line.contains(wanted)) {
      line = reader.readLine();
    }
    return String.valueOf(line);
  }
}
