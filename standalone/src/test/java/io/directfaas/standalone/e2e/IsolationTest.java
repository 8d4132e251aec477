package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a function of another tenant can and cannot do, also with root's help in its namespace. */
class IsolationTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static StackUnderTest stack;

  @BeforeAll
  static void start() {
    stack = StackUnderTest.started();
    EchoChain.deploy(stack);
    stack.succeed("deploy", "-f", StackUnderTest.sample("spy/stack.yml").toString());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void anUndeclaredCallByGatewayAddressIsRefusedByTheCallersOwnSidecar() {
    JsonNode answer = spy("http://gateway:8080/function/a.acme");

    assertThat(answer.path("status").asInt()).isEqualTo(403);
    assertThat(answer.path("body").asString())
        .contains("globex/spy -> acme/a")
        .contains("directfaas.io/calls");
  }

  @Test
  void everyNameOfTheGatewayLeadsToTheSidecar() {
    for (String name :
        List.of("gateway", "gateway.openfaas", "gateway.openfaas.svc.cluster.local")) {
      assertThat(spy("http://" + name + ":8080/function/a.acme").path("status").asInt())
          .as(name)
          .isEqualTo(403);
    }
  }

  @Test
  void aFunctionCannotReachAnotherByAddress() {
    JsonNode answer = spy("http://" + replica("acme", "a").path("ip").asString() + ":8080/");

    assertThat(answer.path("status").isNull()).as(answer.toString()).isTrue();
  }

  @Test
  void theSwitchDropsAndCountsWhatASidecarSendsToAnUndeclaredCallee() {
    long before = drops("undeclared") + drops("unreachable");

    JsonNode sent = forge(Map.of(), replica("acme", "a").path("ip").asString());

    assertThat(sent.path("sent").asInt()).isPositive();
    assertThat(sent.path("answers")).isEmpty();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(drops("undeclared") + drops("unreachable")).isGreaterThan(before));
  }

  @Test
  void aForgedSourceAddressIsDroppedAndCounted() {
    long before = drops("spoofed");

    JsonNode sent =
        forge(
            Map.of("--source-ip", replica("acme", "c").path("ip").asString()),
            replica("acme", "d").path("ip").asString());

    assertThat(sent.path("sent").asInt()).isPositive();
    assertThat(sent.path("answers")).isEmpty();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(drops("spoofed")).isGreaterThan(before));
  }

  @Test
  void aForgedMacIsDroppedAndCounted() {
    long before = drops("spoofed");

    JsonNode sent =
        forge(
            Map.of("--source-mac", replica("acme", "c").path("mac").asString()),
            replica("acme", "d").path("ip").asString());

    assertThat(sent.path("sent").asInt()).isPositive();
    assertThat(sent.path("answers")).isEmpty();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(drops("spoofed")).isGreaterThan(before));
  }

  @Test
  void aFunctionReachesNothingOfTheControlPlane() {
    for (String address : List.of("127.0.0.1:8081", "127.0.0.1:18001", "169.254.88.1:8081")) {
      JsonNode answer = spy("http://" + address + "/healthz");
      assertThat(answer.path("status").isNull()).as(address + ": " + answer).isTrue();
    }
    assertThat(spy("http://gateway:8080/system/functions").path("status").asInt())
        .isNotEqualTo(200);
  }

  /** Lets the spy make a request from inside its sandbox. */
  private static JsonNode spy(String url) {
    try {
      HttpResponse<byte[]> answer =
          stack.call(
              "spy.globex",
              JSON.writeValueAsBytes(Map.of("method", "POST", "url", url, "body", "hello")));
      assertThat(answer.statusCode())
          .as(new String(answer.body(), StandardCharsets.UTF_8))
          .isEqualTo(200);
      return JSON.readTree(answer.body());
    } catch (Exception e) {
      throw new AssertionError(url, e);
    }
  }

  /** Sends raw frames from the spy's namespace, beneath its packet filter. */
  private static JsonNode forge(Map<String, String> forged, String target) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                replica("globex", "spy").path("netns").asString(),
                "/usr/bin/python3",
                StackUnderTest.sample("spy/forge.py").toString()));
    forged.forEach((option, value) -> command.addAll(List.of(option, value)));
    command.addAll(List.of("--target-ip", target));
    StackUnderTest.Outcome outcome = StackUnderTest.execute(command);
    assertThat(outcome.exit()).as(outcome.output()).isZero();
    return JSON.readTree(outcome.output());
  }

  private static JsonNode replica(String namespace, String function) {
    for (JsonNode candidate : stack.status().path("functions")) {
      if (candidate.path("namespace").asString().equals(namespace)
          && candidate.path("name").asString().equals(function)) {
        return candidate.path("replicas").path(0);
      }
    }
    throw new AssertionError("no function " + namespace + "/" + function);
  }

  private static long drops(String reason) {
    for (JsonNode drop : stack.get(6654, "/drops")) {
      if (drop.path("reason").asString().equals(reason)) {
        return drop.path("packets").asLong();
      }
    }
    throw new AssertionError("no drops are counted as " + reason);
  }
}
