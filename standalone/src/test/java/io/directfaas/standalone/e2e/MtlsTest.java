package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A tenant whose calls go from sidecar to sidecar, on the whole stack. */
class MtlsTest {
  private static StackUnderTest stack;

  @BeforeAll
  static void start() {
    // Each move waits for that; the calls here take much less.
    stack = StackUnderTest.started(Map.of("DIRECTFAAS_GATEWAY_MOVEDRETIREAFTER", "4s"));
    EchoChain.deploy(stack);
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  private static void dataPath(String path) {
    HttpResponse<String> answer =
        stack.control(
            "PUT",
            "/system/namespace/acme?wait=60s",
            "{\"name\":\"acme\",\"annotations\":{\"directfaas.io/data-path\":\"" + path + "\"}}");
    assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
  }

  private static JsonNode replica(String function) {
    for (JsonNode candidate : stack.status().path("functions")) {
      if (candidate.path("namespace").asString().equals("acme")
          && candidate.path("name").asString().equals(function)) {
        return candidate.path("replicas").path(0);
      }
    }
    throw new AssertionError("no function acme/" + function);
  }

  /**
   * What a connection that a replica's sidecar opens to a port of another comes to: 0 when it is
   * accepted.
   */
  private static int connects(JsonNode from, JsonNode to, int port) {
    String sidecar;
    try {
      sidecar =
          Files.getAttribute(Path.of(from.path("sidecarAdmin").asString()), "unix:uid").toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return StackUnderTest.execute(
            List.of(
                "ip",
                "netns",
                "exec",
                from.path("netns").asString(),
                "setpriv",
                "--reuid",
                sidecar,
                "--clear-groups",
                "timeout",
                "3",
                "bash",
                "-c",
                "exec 3<>/dev/tcp/" + to.path("ip").asString() + "/" + port))
        .exit();
  }

  @Test
  void aTenantGoesToMtlsAndBackUnderLoadWithoutAFailedCall() throws Exception {
    byte[] body = EchoChain.body(4096);
    try (Load load = Load.start(stack, EchoChain.FIRST, body, 4)) {
      await().atMost(Duration.ofSeconds(60)).until(() -> load.succeeded() > 20);
      for (int round = 0; round < 2; round++) {
        dataPath("mtls");
        int onMtls = load.succeeded();
        await().atMost(Duration.ofSeconds(60)).until(() -> load.succeeded() > onMtls + 50);
        dataPath("fabric");
        int back = load.succeeded();
        await().atMost(Duration.ofSeconds(60)).until(() -> load.succeeded() > back + 50);
      }
      dataPath("mtls");
      JsonNode a = replica("a");
      JsonNode b = replica("b");
      // The old way is shut when calls in flight had their time.
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> connects(a, b, 8080) != 0);
      assertThat(connects(a, b, 15006)).isZero();
      int closed = load.succeeded();
      await().atMost(Duration.ofSeconds(60)).until(() -> load.succeeded() > closed + 50);
      load.close();
      assertThat(load.failures()).isEmpty();
    }
    StackUnderTest.Outcome why = stack.run("why", "acme/a", "acme/b");
    assertThat(why.exit()).as(why.output()).isZero();
    assertThat(why.output())
        .contains("spiffe://directfaas.local/ns/acme/fn/a until")
        .contains("admits spiffe://directfaas.local/ns/acme/fn/a")
        .contains(":15006");
    dataPath("fabric");
  }
}
