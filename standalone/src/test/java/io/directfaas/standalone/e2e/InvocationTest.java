package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a call may rely on, from outside and from inside, by real HTTP clients. */
class InvocationTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String FUNCTION =
      """
        %s:
          image: local/http
          handler: %s
          fprocess: /usr/bin/python3 probe.py
          annotations:
            %s
      """;

  /** Where a call comes from. */
  enum Way {
    /** From outside. */
    INGRESS,
    /** From function {@code caller}, by gateway address. */
    SIDECAR
  }

  @TempDir static Path dir;
  private static StackUnderTest stack;
  private static WayIn inside;

  private static final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(PATIENCE)
          .build();

  @BeforeAll
  static void start() throws IOException {
    String handler = WayIn.PROBE.toString();
    Files.writeString(
        dir.resolve("stack.yml"),
        """
        version: 1.0
        provider:
          name: openfaas
        functions:
        """
            + FUNCTION.formatted("probe", handler, "topic: none")
            + FUNCTION.formatted("caller", handler, "directfaas.io/calls: \"probe, hasty, narrow\"")
            + FUNCTION.formatted("hasty", handler, "directfaas.io/timeout: 1s")
            + FUNCTION.formatted("narrow", handler, "directfaas.io/max-concurrent-calls: \"1\""));
    stack = StackUnderTest.started();
    stack.succeed("deploy", "-f", dir.resolve("stack.yml").toString());
    inside = WayIn.to(stack, "caller");
  }

  @AfterAll
  static void stop() {
    try (StackUnderTest started = stack;
        WayIn way = inside) {
      // Both end, if they were begun.
    }
  }

  private static URI at(Way way, String functionAndPath) {
    return way == Way.INGRESS ? stack.function(functionAndPath) : inside.function(functionAndPath);
  }

  private static HttpRequest.Builder to(Way way, String functionAndPath) {
    return HttpRequest.newBuilder(at(way, functionAndPath)).timeout(PATIENCE);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> get(Way way, String functionAndPath) {
    return send(to(way, functionAndPath));
  }

  private static List<String> values(JsonNode seen, String header) {
    List<String> values = new ArrayList<>();
    for (JsonNode each : seen.path("headers")) {
      if (each.path(0).asString().equals(header)) {
        values.add(each.path(1).asString());
      }
    }
    return values;
  }

  // ---- requests

  @ParameterizedTest
  @EnumSource
  void anyMethodPathQueryHeaderAndBodyArriveAsTheyWereSent(Way way) throws Exception {
    byte[] body = EchoChain.body(100_000);
    String sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    String rest = "/a//b/../%2F%20%c3%a4;v=1/?q=a+b&q=%26&empty=&noValue";
    for (String method :
        List.of("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "PROPFIND", "FROBNICATE")) {
      for (String name : List.of("probe", "probe.openfaas-fn")) {
        HttpResponse<String> answer =
            send(
                to(way, name + rest)
                    .header("X-Mine", "one")
                    .header("X-Mine", "two, three")
                    .header("Authorization", "Bearer of-the-function")
                    .method(method, BodyPublishers.ofByteArray(body)));

        assertThat(answer.statusCode()).as(method + ": " + answer.body()).isEqualTo(200);
        JsonNode seen = JSON.readTree(answer.body());
        assertThat(seen.path("method").asString()).isEqualTo(method);
        assertThat(seen.path("path").asString()).isEqualTo(rest);
        assertThat(seen.path("sha256").asString()).as(method).isEqualTo(sha);
        assertThat(String.join(", ", values(seen, "x-mine"))).isEqualTo("one, two, three");
        assertThat(values(seen, "authorization")).containsExactly("Bearer of-the-function");
      }
    }
    assertThat(JSON.readTree(get(way, "probe?only=query").body()).path("path").asString())
        .isEqualTo("/?only=query");
    HttpResponse<String> head = send(to(way, "probe/x").HEAD());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("Content-Length").orElseThrow()).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void aBodyOfUnknownLengthArrivesWhole(Way way) throws Exception {
    byte[] body = EchoChain.body(3 << 20);
    HttpResponse<String> answer =
        send(
            to(way, "probe")
                .expectContinue(true)
                .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body))));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).path("sha256").asString())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
  }

  @ParameterizedTest
  @EnumSource
  void bytesComeBackWhileTheBodyIsStillBeingSent(Way way) throws Exception {
    // curl sends what it is given when it is given it, and reads meanwhile; not with a -m of its
    // own.
    Process curl =
        new ProcessBuilder(
                "timeout", "60", "curl", "-sN", "-T", ".", at(way, "probe/duplex").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream up = curl.getOutputStream();
        BufferedReader down = curl.inputReader()) {
      for (String piece : List.of("first", "second", "x".repeat(10_000), "last")) {
        up.write((piece + "\n").getBytes(StandardCharsets.US_ASCII));
        up.flush();
        assertThat(down.readLine()).isEqualTo(piece);
      }
      up.close();
      assertThat(down.readLine()).isNull();
      assertThat(curl.waitFor()).isZero();
    } finally {
      curl.destroyForcibly();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerBeforeTheBodyEndsReachesTheCaller(Way way) throws Exception {
    Process curl =
        new ProcessBuilder(
                "timeout",
                "60",
                "curl",
                "-sN",
                "-w",
                " %{http_code}\n",
                "-T",
                ".",
                at(way, "probe/early").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream up = curl.getOutputStream();
        BufferedReader down = curl.inputReader()) {
      up.write("the beginning of something long".getBytes(StandardCharsets.US_ASCII));
      up.flush();
      // Its input stays open: whatever it prints, it prints before the body's end.
      assertThat(down.readLine()).isEqualTo("too much 413");
    } finally {
      curl.destroyForcibly();
    }
  }

  // ---- answers

  @ParameterizedTest
  @EnumSource
  void statusHeadersAndRedirectsAreTheFunctionsOwn(Way way) {
    for (int status : List.of(200, 201, 204, 304, 400, 401, 404, 418, 429, 500, 502, 503, 504)) {
      HttpResponse<String> answer = get(way, "probe/status/" + status);
      assertThat(answer.statusCode()).isEqualTo(status);
      assertThat(answer.headers().firstValue("X-Of-Function")).as("" + status).hasValue("yes");
      assertThat(answer.headers().firstValue("X-OpenFaaS-Internal")).as("" + status).isEmpty();
      if (status != 204 && status != 304) {
        assertThat(answer.body()).isEqualTo("as asked");
      }
    }
    HttpResponse<String> redirect = get(way, "probe/redirect");
    assertThat(redirect.statusCode()).isEqualTo(302);
    assertThat(redirect.headers().allValues("Location"))
        .containsExactly("http://elsewhere.invalid/next?x=1");
    assertThat(redirect.body()).isEqualTo("there");

    HttpResponse<String> cookies = get(way, "probe/cookies");
    assertThat(cookies.headers().allValues("Set-Cookie")).containsExactly("a=1; Path=/", "b=2");
    assertThat(cookies.headers().map().keySet()).noneMatch(name -> name.startsWith("x-envoy"));
  }

  @ParameterizedTest
  @EnumSource
  void eventsArriveOneByOne(Way way) throws Exception {
    for (String function : List.of("probe", "hasty")) {
      String gate = UUID.randomUUID().toString();
      HttpResponse<InputStream> events =
          http.send(
              to(way, function + "/events/" + gate + "/5")
                  .header("Accept", "text/event-stream")
                  .build(),
              BodyHandlers.ofInputStream());

      assertThat(events.headers().firstValue("Content-Type")).hasValue("text/event-stream");
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8))) {
        for (int number = 1; number <= 5; number++) {
          assertThat(lines.readLine()).isEqualTo("data: " + number);
          assertThat(lines.readLine()).isEmpty();
          if (number < 5) {
            // Longer than hasty's timeout, which ends with the first byte of a stream.
            Thread.sleep(300);
            // Only now does the next one exist.
            assertThat(get(way, function + "/open/" + gate).body()).isEqualTo("open");
          }
        }
        assertThat(lines.readLine()).isNull();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aWebSocketEchoesTextAndBytes(Way way) throws Exception {
    BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    BlockingQueue<byte[]> blobs = new LinkedBlockingQueue<>();
    BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
    WebSocket socket =
        http.newWebSocketBuilder()
            .connectTimeout(PATIENCE)
            .buildAsync(
                URI.create(at(way, "probe/ws").toString().replace("http:", "ws:")),
                new Echoes(texts, blobs, closed))
            .get(60, TimeUnit.SECONDS);
    for (String text : List.of("hello", "ä€𝄞", "x".repeat(300), "y".repeat(70_000))) {
      socket.sendText(text, true).get(60, TimeUnit.SECONDS);
      assertThat(texts.poll(60, TimeUnit.SECONDS)).isEqualTo(text);
    }
    byte[] bytes = EchoChain.body(1000);
    socket.sendBinary(ByteBuffer.wrap(bytes), true).get(60, TimeUnit.SECONDS);
    assertThat(blobs.poll(60, TimeUnit.SECONDS)).isEqualTo(bytes);
    socket.sendClose(4001, "enough").get(60, TimeUnit.SECONDS);
    assertThat(closed.poll(60, TimeUnit.SECONDS)).isEqualTo(4001);
  }

  /** Collects whole messages. */
  private static final class Echoes implements WebSocket.Listener {
    private final BlockingQueue<String> texts;
    private final BlockingQueue<byte[]> blobs;
    private final BlockingQueue<Integer> closed;
    private final StringBuilder text = new StringBuilder();

    Echoes(
        BlockingQueue<String> texts, BlockingQueue<byte[]> blobs, BlockingQueue<Integer> closed) {
      this.texts = texts;
      this.blobs = blobs;
      this.closed = closed;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      return WebSocket.Listener.super.onText(socket, data, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      blobs.add(bytes);
      return WebSocket.Listener.super.onBinary(socket, data, last);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closed.add(status);
      return WebSocket.Listener.super.onClose(socket, status, reason);
    }
  }

  // ---- what is added to calls

  @ParameterizedTest
  @EnumSource
  void aCallHasAnIdAndAStartTimeOnBothSides(Way way) {
    HttpResponse<String> fresh = get(way, "probe/x");
    String id = fresh.headers().firstValue("X-Call-Id").orElseThrow();
    String time = fresh.headers().firstValue("X-Start-Time").orElseThrow();
    JsonNode seen = JSON.readTree(fresh.body());
    assertThat(UUID.fromString(id)).hasToString(id);
    assertThat(time).matches("[0-9]{19}");
    assertThat(values(seen, "x-call-id")).containsExactly(id);
    assertThat(values(seen, "x-start-time")).containsExactly(time);
    assertThat(get(way, "probe/x").headers().firstValue("X-Call-Id").orElseThrow())
        .isNotEqualTo(id);

    HttpResponse<String> kept = send(to(way, "probe/x").header("X-Call-Id", "of the caller"));
    assertThat(kept.headers().allValues("X-Call-Id")).containsExactly("of the caller");
    assertThat(values(JSON.readTree(kept.body()), "x-call-id")).containsExactly("of the caller");
  }

  @ParameterizedTest
  @EnumSource
  void forwardedHeadersAreAddedOnlyWhereThereAreNone(Way way) {
    JsonNode fresh = JSON.readTree(get(way, "probe/x").body());
    assertThat(values(fresh, "x-forwarded-host")).containsExactly(at(way, "probe").getAuthority());
    assertThat(values(fresh, "x-forwarded-for"))
        .singleElement()
        .asString()
        .matches("[0-9.]+:[0-9]+");

    JsonNode given =
        JSON.readTree(
            send(to(way, "probe/x")
                    .header("X-Forwarded-For", "192.0.2.7, 10.1.1.1")
                    .header("X-Forwarded-Host", "outside.example"))
                .body());
    assertThat(values(given, "x-forwarded-for")).containsExactly("192.0.2.7, 10.1.1.1");
    assertThat(values(given, "x-forwarded-host")).containsExactly("outside.example");
    assertThat(given.path("headers").toString()).doesNotContain("x-envoy");
  }

  // ---- calls that come to nothing

  /** Of a call that no function has seen: that mark has queue workers make it again. */
  private static void assertOfTheProxy(HttpResponse<String> answer, int status) {
    assertThat(answer.headers().firstValue("X-OpenFaaS-Internal")).hasValue("proxy");
    assertInOneLine(answer, status);
  }

  /** Of a call that may have had its effect. */
  private static void assertBrokenOff(HttpResponse<String> answer, int status) {
    assertThat(answer.headers().firstValue("X-OpenFaaS-Internal")).isEmpty();
    assertInOneLine(answer, status);
  }

  private static void assertInOneLine(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("X-Call-Id")).isPresent();
    assertThat(answer.headers().firstValue("X-Start-Time").orElse("")).matches("[0-9]{19}");
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(answer.body().lines()).hasSize(1);
  }

  @Test
  void whatDoesNotExistIsNotFoundInWords() {
    for (String name : List.of("nobody", "nobody.openfaas-fn")) {
      HttpResponse<String> answer = get(Way.INGRESS, name + "/x");
      assertOfTheProxy(answer, 404);
      assertThat(answer.body()).startsWith("error finding function nobody.openfaas-fn: ");
    }
    assertThat(get(Way.INGRESS, "probe.elsewhere").body())
        .startsWith("error finding function probe.elsewhere: ");
    assertOfTheProxy(get(Way.INGRESS, ".openfaas-fn"), 404);
    assertOfTheProxy(get(Way.INGRESS, "probex"), 404);
    assertOfTheProxy(get(Way.SIDECAR, ".openfaas-fn"), 404);
    HttpResponse<String> undeclared = get(Way.SIDECAR, "caller");
    assertOfTheProxy(undeclared, 403);
    assertThat(undeclared.body()).startsWith("no edge openfaas-fn/caller -> openfaas-fn/caller.");
  }

  @ParameterizedTest
  @EnumSource
  void aFunctionThatHangsUpIsABadGateway(Way way) {
    assertBrokenOff(get(way, "probe/die"), 502);
  }

  @ParameterizedTest
  @EnumSource
  void aFunctionThatTakesTooLongIsATimeout(Way way) {
    HttpResponse<String> answer = get(way, "hasty/hold/" + UUID.randomUUID());
    assertBrokenOff(answer, 504);
    assertThat(answer.body()).contains("openfaas-fn/hasty", "directfaas.io/timeout");
    assertThat(stack.run("why", "ingress", "openfaas-fn/hasty").output())
        .contains("routes /function/hasty/", "calls with timeout 1s, retries 3 (");
  }

  @ParameterizedTest
  @EnumSource
  void oneCallTooManyIsUnavailable(Way way) throws Exception {
    HttpResponse<InputStream> first =
        http.send(
            to(way, "narrow/events/" + UUID.randomUUID() + "/2").build(),
            BodyHandlers.ofInputStream());
    assertThat(first.statusCode()).isEqualTo(200);

    HttpResponse<String> second = get(way, "narrow/x");

    assertOfTheProxy(second, 503);
    assertThat(second.body()).contains("openfaas-fn/narrow", "directfaas.io/max-concurrent-calls");
    first.body().close();
    await().atMost(PATIENCE).until(() -> get(way, "narrow/x").statusCode() == 200);
  }
}
