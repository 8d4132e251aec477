package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Limits hold where the machine has control groups; where it has none, nothing runs in spite of
 * them.
 */
class LimitsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir static Path dir;
  private static StackUnderTest stack;

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(
        dir.resolve("stack.yml"),
        """
        version: 1.0
        provider:
          name: openfaas
        functions:
          free:
            image: local/http
            handler: %1$s
            fprocess: /usr/bin/python3 probe.py
          limited:
            image: local/http
            handler: %1$s
            fprocess: /usr/bin/python3 probe.py
            limits:
              memory: 64Mi
              cpu: 200m
        """
            .formatted(WayIn.PROBE));
    stack = StackUnderTest.started();
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  private static HttpResponse<byte[]> call(String path) {
    try {
      return stack.call(path, new byte[0]);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String status(String function) {
    return stack.control("GET", "/system/function/" + function, "").body();
  }

  /** What the kernel says of the function's only replica. */
  private static long stat(String file, String name) {
    Path groups = Machine.controlGroup(stack, "cpu").orElseThrow();
    try (Stream<Path> replicas = Files.list(groups)) {
      Path replica =
          replicas
              .filter(group -> group.getFileName().toString().startsWith("limited-"))
              .findFirst()
              .orElseThrow();
      return Files.readAllLines(replica.resolve(file)).stream()
          .filter(line -> line.startsWith(name + " "))
          .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1).strip()))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void limitsAreEnforcedAndEchoedOrNothingRunsWithThem() {
    boolean enforced = Machine.hasControlGroups(List.of("memory", "cpu"));
    StackUnderTest.Outcome deployed =
        stack.run("deploy", "-f", dir.resolve("stack.yml").toString());
    assertThat(status("limited")).contains("\"limits\":{\"memory\":\"64Mi\",\"cpu\":\"200m\"}");
    assertThat(status("free")).doesNotContain("\"limits\"");
    await().atMost(PATIENCE).until(() -> call("free/status/200").statusCode() == 200);

    if (enforced) {
      assertThat(deployed.exit()).as(deployed.output()).isZero();
      processorTimeIsLimited();
      memoryIsLimited();
    } else {
      HttpResponse<byte[]> answer = call("limited/status/200");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(new String(answer.body(), StandardCharsets.UTF_8))
          .contains("limits: this machine's control groups refuse them");
    }
  }

  private static void processorTimeIsLimited() {
    long before = stat("cpu.stat", "nr_throttled");

    // Half a second of a processor, a fifth of one at a time.
    assertThat(call("limited/burn/500").statusCode()).isEqualTo(200);

    assertThat(stat("cpu.stat", "nr_throttled")).isGreaterThan(before);
  }

  private static void memoryIsLimited() {
    assertThat(call("free/take/200").statusCode()).isEqualTo(200);
    assertThat(call("limited/take/8").statusCode()).isEqualTo(200);

    // Killed in the middle of the call.
    assertThat(call("limited/take/200").statusCode()).isEqualTo(502);

    await().atMost(PATIENCE).until(() -> call("limited/take/8").statusCode() == 200);
    assertThat(call("free/status/200").statusCode()).isEqualTo(200);
  }
}
