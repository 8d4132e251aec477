package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class EchoChainTest {
  private static StackUnderTest stack;

  @BeforeAll
  static void start() {
    stack = StackUnderTest.started();
    EchoChain.deploy(stack);
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1 << 10, 64 << 10, 5 << 20})
  void aBodyComesBackThroughFourFunctionsAsItWent(int size) throws Exception {
    byte[] body = EchoChain.body(size);

    HttpResponse<byte[]> answer = stack.call(EchoChain.FIRST, body);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(Arrays.equals(answer.body(), body)).as("body unchanged").isTrue();
    assertThat(answer.headers().firstValue("X-Call-Id")).isPresent();
  }

  @Test
  void aThousandCallsOfSixteenClientsAllSucceed() throws Exception {
    byte[] body = EchoChain.body(1 << 10);
    List<Future<String>> calls = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < 1000; i++) {
        Callable<String> call =
            () -> {
              HttpResponse<byte[]> answer = stack.call(EchoChain.FIRST, body);
              return answer.statusCode() == 200 && Arrays.equals(answer.body(), body)
                  ? "good"
                  : answer.statusCode() + " " + new String(answer.body());
            };
        calls.add(clients.submit(call));
      }
    }
    List<String> outcomes = new ArrayList<>();
    for (Future<String> call : calls) {
      outcomes.add(call.get());
    }

    assertThat(outcomes).hasSize(1000).containsOnly("good");
  }

  @Test
  void noPayloadPassesGatewayLite() throws Exception {
    byte[] body = EchoChain.body(5 << 20);
    long before = gatewayBytes();

    assertThat(stack.call(EchoChain.FIRST, body).statusCode()).isEqualTo(200);

    assertThat(gatewayBytes() - before).isLessThan(10_000);
  }

  @Test
  void statusShowsEveryReplicaEdgeSidecarAndSwitch() {
    JsonNode status = StackUnderTest.json(stack.succeed("status", "--json"));

    assertThat(status.path("revision").asLong()).isPositive();
    assertThat(status.path("functions")).hasSize(4);
    for (JsonNode function : status.path("functions")) {
      JsonNode replica = function.path("replicas").path(0);
      assertThat(replica.path("ready").asBoolean()).isTrue();
      assertThat(replica.path("netns").asString()).startsWith(stack.instance() + "-");
      assertThat(replica.path("ofPort").asInt()).isPositive();
      assertThat(replica.path("sidecarAdmin").asString()).endsWith("/admin.sock");
      assertThat(replica.path("ip").asString()).startsWith("10.88.");
    }
    assertThat(status.path("edges"))
        .extracting(edge -> edge.path("caller").asString() + ">" + edge.path("callee").asString())
        .contains("acme/a>acme/b", "acme/b>acme/c", "acme/c>acme/d")
        .doesNotContain("acme/b>acme/a");
    assertThat(status.path("sidecars")).hasSize(5);
    for (JsonNode sidecar : status.path("sidecars")) {
      assertThat(sidecar.path("connected").asBoolean()).isTrue();
      assertThat(sidecar.path("nack").isNull()).isTrue();
    }
    assertThat(status.path("switches").path(0).path("connected").asBoolean()).isTrue();
    assertThat(status.path("problems")).isEmpty();
  }

  @Test
  void whySaysWhichCallsPassAndWhichLayerStopsTheOthers() {
    StackUnderTest.Outcome allowed = stack.run("why", "acme/a", "acme/b");
    StackUnderTest.Outcome denied = stack.run("why", "acme/b", "acme/a");

    assertThat(allowed.exit()).as(allowed.output()).isZero();
    assertThat(allowed.output()).contains("calls with timeout none, retries 3 (");
    assertThat(denied.exit()).as(denied.output()).isNotZero();
    assertThat(denied.output()).contains("acme/b").contains("acme/a");
  }

  @Test
  void theIdleControlPlaneFitsInto350MiB() {
    assertThat(Machine.residentKib(stack.daemonPid())).isLessThan(350 * 1024);
  }

  private static long gatewayBytes() {
    StackUnderTest.Outcome metrics =
        StackUnderTest.execute(
            List.of("curl", "-s", "http://127.0.0.1:" + stack.port(8082) + "/metrics"));
    return metrics
        .output()
        .lines()
        .filter(line -> line.startsWith("directfaas_gateway_http_"))
        .filter(line -> line.contains("bytes_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
