package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What happens when things die. */
class DeathTest {
  private static final Pattern DURATION = Pattern.compile("duration=([0-9.]+)s");

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

  /** Whatever died before. */
  @BeforeEach
  void everythingServes() {
    stack.succeed("up");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(stack.call(EchoChain.FIRST, EchoChain.body(1)).statusCode())
                    .isEqualTo(200));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(stack.status().path("problems")).isEmpty());
  }

  @Test
  void callsGoOnWithoutTheControlPlaneAndItsReturnDisturbsNothing() throws Exception {
    JsonNode before = stack.status();
    Map<Long, String> running = Machine.dataPlane(stack);
    long died;
    try (Load load = Load.start(stack, EchoChain.FIRST, EchoChain.body(1 << 10), 4)) {
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > 50);

      Machine.kill(stack.daemonPid());
      died = System.nanoTime();
      int atDeath = load.succeeded();
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > atDeath + 100);
      stack.succeed("up");
      int atReturn = load.succeeded();
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > atReturn + 100);

      load.close();
      assertThat(load.failures()).isEmpty();
    }

    JsonNode after = stack.status();
    assertThat(after.path("revision")).isEqualTo(before.path("revision"));
    assertThat(after.path("functions")).isEqualTo(before.path("functions"));
    assertThat(after.path("edges")).isEqualTo(before.path("edges"));
    assertThat(after.path("problems")).isEmpty();
    assertThat(Machine.dataPlane(stack).keySet())
        .as("Envoys, functions and switch, none restarted")
        .isEqualTo(running.keySet());
    // A flow's duration starts anew when it is written anew.
    assertThat(youngestFlowSeconds())
        .as("age of the youngest flow")
        .isGreaterThan(sinceDeath(died));
  }

  @Test
  void everythingComesBackAfterEverythingWasKilled() throws Exception {
    JsonNode before = stack.status();
    Map<Long, String> all = Machine.processes(stack);
    Machine.killAtOnce(all.keySet());
    await().until(() -> Machine.processes(stack).isEmpty());

    stack.succeed("up");

    byte[] body = EchoChain.body(64 << 10);
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(stack.call(EchoChain.FIRST, body).statusCode()).isEqualTo(200));
    JsonNode after = stack.status();
    assertThat(after.path("edges")).isEqualTo(before.path("edges"));
    assertThat(names(after)).isEqualTo(names(before));
    assertThat(after.path("problems")).isEmpty();
  }

  @Test
  void aKilledFunctionAndAKilledSidecarAreReplaced() throws Exception {
    Map<Long, String> running = Machine.dataPlane(stack);
    running.forEach(
        (pid, command) -> {
          if (command.contains("echo.py") || command.contains("/envoy -c")) {
            Machine.kill(pid);
          }
        });

    byte[] body = EchoChain.body(1 << 10);
    // The ingress was among them: at first nobody listens.
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(stack.call(EchoChain.FIRST, body).statusCode()).isEqualTo(200));
  }

  @Test
  void flowsComeBackAfterTheSwitchWasKilled() throws Exception {
    long vswitchd =
        Machine.dataPlane(stack).entrySet().stream()
            .filter(process -> process.getValue().contains("ovs-vswitchd"))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();

    Machine.kill(vswitchd);

    byte[] body = EchoChain.body(1 << 10);
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(stack.call(EchoChain.FIRST, body).statusCode()).isEqualTo(200));
  }

  @Test
  void downLeavesNothingAndUpBringsBackWhatWasDeployed() throws Exception {
    stack.succeed("down");

    Machine.assertNothingLeft(stack);
    assertThat(stack.run("status").exit()).isNotZero();
    assertThat(stack.run("down").exit()).as("down again").isZero();

    stack.succeed("up");

    assertThat(stack.call(EchoChain.FIRST, EchoChain.body(1000)).statusCode()).isEqualTo(200);
  }

  @Test
  void downCleansUpAfterADeadControlPlane() {
    Machine.kill(stack.daemonPid());

    stack.succeed("down");

    Machine.assertNothingLeft(stack);
  }

  private static double sinceDeath(long died) {
    return (System.nanoTime() - died) / 1e9;
  }

  private double youngestFlowSeconds() {
    String flows = stack.succeed("ovs", "ofctl", "dump-flows", "df0", "-O", "OpenFlow14");
    Matcher matcher = DURATION.matcher(flows);
    double youngest = Double.MAX_VALUE;
    while (matcher.find()) {
      youngest = Math.min(youngest, Double.parseDouble(matcher.group(1)));
    }
    assertThat(youngest).as(flows).isLessThan(Double.MAX_VALUE);
    return youngest;
  }

  private static Set<String> names(JsonNode status) {
    Set<String> names = new TreeSet<>();
    for (JsonNode function : status.path("functions")) {
      names.add(function.path("namespace").asString() + "/" + function.path("name").asString());
    }
    return names;
  }
}
