package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.gateway.json.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever is sent, the answer is a status that fits, in plain text or JSON, and never 500. */
class AnyInputTest {
  private static final int REQUESTS = 1500;
  private static final List<String> METHODS = List.of("POST", "PUT", "DELETE", "GET");
  private static final List<String> PATHS =
      List.of(
          "/system/functions",
          "/system/function/f",
          "/system/scale-function/f",
          "/system/namespace/",
          "/system/namespace/acme",
          "/system/namespaces",
          "/system/secrets",
          "/system/graph",
          "/system/alert",
          "/system/logs",
          "/system/telemetry",
          "/system/revisions/1",
          "/system/revisions/99999999999999999999",
          "/system/revisions/x",
          "/system/calls/denied",
          "/system/function/%F0%9F%98%80",
          "/system/function/..%2f..",
          "/system/scale-function/%ff%fe",
          "/system/namespace/%00",
          "/system/chains",
          "/system/",
          "/system/info");
  private static final List<String> QUERY_KEYS =
      List.of("namespace", "name", "tail", "since", "instance", "wait", "usage");
  private static final List<String> KEYS =
      List.of(
          "alerts",
          "status",
          "function_name",
          "service",
          "image",
          "namespace",
          "envProcess",
          "envVars",
          "constraints",
          "secrets",
          "labels",
          "annotations",
          "limits",
          "requests",
          "readOnlyRootFilesystem",
          "functionName",
          "serviceName",
          "replicas",
          "name",
          "value",
          "rawValue",
          "memory",
          "cpu",
          "com.openfaas.scale.min",
          "com.openfaas.scale.max",
          "directfaas.io/calls",
          "directfaas.io/public",
          "directfaas.io/allow-callers",
          "directfaas.io/policy",
          "directfaas.io/data-path");
  private static final List<String> TEXTS =
      List.of(
          "f",
          "g",
          "acme",
          "openfaas-fn",
          "directfaas-system",
          "",
          " ",
          "..",
          "true",
          "tenant",
          "mtls",
          "f,g,acme/f",
          "*",
          "\u0000",
          "\n\r",
          "\ud83d\ude00",
          "\ud800",
          "<script>",
          "-1",
          "99999999999999999999",
          "64Mi",
          "firing",
          "resolved",
          "1s",
          "com.openfaas.scale.zero",
          "x".repeat(5000));

  /** Bodies that no writer of JSON makes, each a trap for some reader of it. */
  private static final List<byte[]> TRAPS =
      List.of(
          utf8("{\"replicas\":1e999999999}"),
          utf8("{\"replicas\":" + "9".repeat(3000) + "}"),
          utf8("{\"replicas\":-0.0,\"name\":1E-999999999}"),
          utf8("{\"labels\":" + "[".repeat(3000) + "]".repeat(3000) + "}"),
          utf8("{\"a\":".repeat(600) + "1" + "}".repeat(600)),
          utf8("{\"service\":\"f\",\"service\":\"g\",\"image\":\"i\",\"image\":null}"),
          utf8("{\"service\":\"\\ud800\",\"image\":\"i\"}"),
          utf8("{\"service\":\"f\",\"image\":\"\\u0000\"}"),
          utf8("{\"name\":\"\\udc00\\ud800\",\"value\":\"\\ud800\"}"),
          utf8("\ufeff{\"service\":\"f\",\"image\":\"i\"}"),
          utf8("{\"alerts\":[{}],\"status\":\"firing\"}"),
          utf8("{\"name\":\"s\",\"rawValue\":\"????\"}"),
          utf8("{'service':'f'}"),
          utf8("{\"service\":NaN,\"image\":Infinity}"),
          "{\"service\":\"f\",\"image\":\"i\"}".getBytes(StandardCharsets.UTF_16),
          "{\"service\":\"\u00ff\u00fe\",\"image\":\"i\"}".getBytes(StandardCharsets.ISO_8859_1),
          "{\"name\":\"acme\",\"labels\":{\"\u00c3\":\"\u0080\"}}"
              .getBytes(StandardCharsets.ISO_8859_1),
          utf8("null"),
          utf8("[]"),
          utf8("\"\""),
          utf8("{}{}"),
          utf8(" "));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @TempDir static Path stateDir;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    gateway = Gateway.start(stateDir);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void noInputMakesAnInternalError() {
    long seed = Long.getLong("directfaas.test.seed", 20260131L);
    Random random = new Random(seed);
    for (int i = 0; i < REQUESTS; i++) {
      String method = pick(random, METHODS);
      String path = pick(random, PATHS) + query(random);
      byte[] body = body(random);
      Answer answer = gateway.send(method, path, body);
      String what =
          "seed "
              + seed
              + ": "
              + method
              + " "
              + path
              + " "
              + new String(body, StandardCharsets.UTF_8);
      if (path.startsWith("/system/alert") && answer.status() == 500) {
        // what the contract says of alerts that cannot be followed
        assertThat(answer.body()).as(what).matches("(\\[\\d+] .+\n)+");
        continue;
      }
      if (path.startsWith("/system/chains")) {
        assertThat(answer.status()).as(what).isEqualTo(501);
        continue;
      }
      assertThat(answer.status()).as(what).isIn(200, 201, 202, 400, 404, 405, 409, 422);
      String type = answer.header("content-type");
      if (answer.status() >= 400) {
        assertThat(type).as(what).startsWith("text/plain");
        assertThat(answer.body().strip()).as(what).hasLineCount(1).isNotEmpty();
      } else if (!answer.body().isEmpty()) {
        assertThat(type).as(what).isEqualTo("application/json");
        assertThat(answer.json()).as(what).isNotNull();
      }
    }
    // and whatever was accepted can be read again
    String before = gateway.get("/system/graph").body();
    gateway.close();
    gateway = Gateway.start(stateDir);
    assertThat(gateway.get("/system/graph").body()).isEqualTo(before);
    assertThat(Files.exists(stateDir.resolve("gateway.db"))).isTrue();
  }

  @Test
  void aBrokenQueryIsRefused() throws java.io.IOException {
    try (java.net.Socket socket = new java.net.Socket("127.0.0.1", gateway.httpPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET /system/functions?namespace=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      + "Authorization: "
                      + gateway.authorization()
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContainIgnoringCase("<html");
    }
  }

  @Test
  void deepNestingIsRefused() {
    Answer answer = gateway.deploy("{\"labels\":" + "[".repeat(100_000));
    assertThat(answer.status()).isEqualTo(400);
  }

  private static String query(Random random) {
    StringBuilder query = new StringBuilder();
    for (String key : QUERY_KEYS) {
      if (random.nextInt(5) == 0) {
        query
            .append(query.isEmpty() ? '?' : '&')
            .append(key)
            .append('=')
            .append(URLEncoder.encode(text(random), StandardCharsets.UTF_8));
      }
    }
    return query.toString();
  }

  private static byte[] body(Random random) {
    if (random.nextInt(10) == 0) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      return noise;
    }
    if (random.nextInt(5) == 0) {
      return pick(random, TRAPS);
    }
    byte[] json = Json.MAPPER.writeValueAsBytes(object(random, 2));
    if (random.nextInt(10) == 0) {
      return java.util.Arrays.copyOf(json, random.nextInt(json.length));
    }
    return json;
  }

  private static ObjectNode object(Random random, int depth) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    if (random.nextBoolean()) {
      // often enough something that is almost right
      node.put("service", "f").put("image", "i").put("functionName", "f").put("name", "acme");
      node.put("status", "firing").putArray("alerts").add(value(random, 0));
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      node.set(pick(random, KEYS), value(random, depth));
    }
    return node;
  }

  private static JsonNode value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> Json.MAPPER.getNodeFactory().numberNode(random.nextInt(20) - 5);
      case 1 -> Json.MAPPER.getNodeFactory().booleanNode(random.nextBoolean());
      case 2 -> Json.MAPPER.getNodeFactory().nullNode();
      case 3 -> Json.MAPPER.getNodeFactory().numberNode(random.nextDouble() * 1e300);
      case 6 -> object(random, depth - 1);
      case 7 -> {
        ArrayNode array = Json.MAPPER.createArrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(random, depth - 1));
        }
        yield array;
      }
      default -> Json.MAPPER.getNodeFactory().stringNode(text(random));
    };
  }

  private static String text(Random random) {
    String text = pick(random, TEXTS);
    // a lone surrogate is no text that could be sent as UTF-8
    return text.equals("\ud800") ? "?" : text;
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
