package io.directfaas.standalone.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SupervisedTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path dir;

  @AfterEach
  void kill() {
    ProcessIdentity.readFrom(dir.resolve("pid")).ifPresent(process -> process.signal(true));
  }

  private Supervised supervise(LaunchSpec spec, Supervised.Hooks hooks) {
    Backoff quick =
        new Backoff(
            Duration.ofMillis(1),
            Duration.ofMillis(20),
            Duration.ofSeconds(30),
            RandomGenerator.getDefault());
    return new Supervised(spec, hooks, quick).start();
  }

  private LaunchSpec shell(String script) {
    return new LaunchSpec(
        "shell",
        List.of("sh", "-c", script),
        LaunchSpec.PLAIN_ENVIRONMENT,
        dir.resolve("log"),
        dir.resolve("pid"));
  }

  private static ProcessIdentity identity(Supervised supervised) {
    await().atMost(SOON).until(() -> supervised.process().isPresent());
    return supervised.process().orElseThrow().identity();
  }

  @Test
  void a_process_survives_the_kill_of_its_jvm_and_the_next_adopts_it() throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ChildJvm.class.getName(),
                dir.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("jvm.log").toFile())
            .start();
    await().atMost(SOON).until(() -> ProcessIdentity.readFrom(dir.resolve("pid")).isPresent());
    ProcessIdentity before = ProcessIdentity.readFrom(dir.resolve("pid")).orElseThrow();
    jvm.destroyForcibly().waitFor();
    assertThat(before.alive()).isTrue();
    long written = Files.size(dir.resolve("log"));
    await().atMost(SOON).until(() -> Files.size(dir.resolve("log")) > written);

    Supervised next = supervise(ChildJvm.sleeper(dir), Supervised.Hooks.NONE);
    assertThat(identity(next)).isEqualTo(before);
    before.signal(true);
    await()
        .atMost(SOON)
        .until(() -> next.process().filter(p -> !p.identity().equals(before)).isPresent());
    next.stop(Duration.ofSeconds(1));
  }

  @Test
  void closing_leaves_the_process_and_stopping_ends_it() throws Exception {
    Supervised first = supervise(shell("sleep 1000"), Supervised.Hooks.NONE);
    ProcessIdentity process = identity(first);
    first.close();
    assertThat(process.alive()).isTrue();
    Supervised second = supervise(shell("sleep 1000"), Supervised.Hooks.NONE);
    assertThat(identity(second)).isEqualTo(process);
    second.stop(Duration.ofSeconds(5));
    assertThat(process.alive()).isFalse();
    assertThat(dir.resolve("pid")).doesNotExist();
  }

  @Test
  void what_ignores_the_request_to_end_is_killed() throws Exception {
    Supervised stubborn =
        supervise(
            shell("trap '' TERM; echo up; while :; do sleep 0.05; done"), Supervised.Hooks.NONE);
    ProcessIdentity process = identity(stubborn);
    await().atMost(SOON).until(() -> BoundedLog.lastLine(dir.resolve("log")).isPresent());
    stubborn.stop(Duration.ofMillis(300));
    assertThat(process.alive()).isFalse();
  }

  @Test
  void what_keeps_dying_is_started_again_and_again_and_says_why() {
    AtomicInteger ends = new AtomicInteger();
    Supervised.Hooks hooks =
        new Supervised.Hooks() {
          @Override
          public void ended(String reason) {
            ends.incrementAndGet();
          }
        };
    Supervised failing = supervise(shell("echo out of luck; exit 3"), hooks);
    await().atMost(SOON).until(() -> ends.get() >= 3);
    await()
        .atMost(SOON)
        .until(() -> failing.problem().equals(Optional.of("ended with status 3: out of luck")));
    failing.close();
  }

  @Test
  void a_pid_that_was_given_to_another_process_is_not_adopted() throws Exception {
    long own = ProcessHandle.current().pid();
    ProcessIdentity self = ProcessIdentity.of(own).orElseThrow();
    new ProcessIdentity(own, self.startTime() - 1).writeTo(dir.resolve("pid"));
    assertThat(DetachedProcess.adopt(dir.resolve("pid"))).isEmpty();
    Files.delete(dir.resolve("pid"));
  }

  @Test
  void a_program_that_is_not_there_is_a_problem_not_an_end_of_supervision() {
    LaunchSpec missing =
        new LaunchSpec(
            "missing",
            List.of("/no/such/program"),
            LaunchSpec.PLAIN_ENVIRONMENT,
            dir.resolve("log"),
            dir.resolve("pid"));
    Supervised supervised = supervise(missing, Supervised.Hooks.NONE);
    await()
        .atMost(SOON)
        .until(() -> supervised.problem().filter(p -> p.contains("/no/such/program")).isPresent());
    supervised.close();
  }

  @Test
  void a_log_is_cut_to_its_end() throws Exception {
    Path log = dir.resolve("long.log");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200_000; i++) {
      text.append("line ").append(i).append('\n');
    }
    Files.writeString(log, text);
    BoundedLog.trim(log);
    assertThat(Files.size(log)).isEqualTo(1 << 18);
    assertThat(BoundedLog.lastLine(log)).contains("line 199999");
  }

  @Test
  void waits_double_up_to_the_longest_and_begin_anew_after_a_healthy_time() {
    RandomGenerator middle = () -> Long.MAX_VALUE;
    Backoff backoff =
        new Backoff(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(10), middle);
    Duration young = Duration.ofSeconds(1);
    assertThat(backoff.afterFailure(young))
        .isBetween(Duration.ofMillis(80), Duration.ofMillis(120));
    assertThat(backoff.afterFailure(young))
        .isBetween(Duration.ofMillis(160), Duration.ofMillis(240));
    assertThat(backoff.afterFailure(young))
        .isBetween(Duration.ofMillis(320), Duration.ofMillis(480));
    assertThat(backoff.afterFailure(young))
        .isBetween(Duration.ofMillis(400), Duration.ofMillis(600));
    assertThat(backoff.afterFailure(Duration.ofSeconds(10)))
        .isBetween(Duration.ofMillis(80), Duration.ofMillis(120));
  }

  @Test
  void the_stat_line_is_read_past_any_program_name() {
    String fields = "S 7" + " 0".repeat(17) + " 4711 0";
    assertThat(ProcFs.parseStat("42 (a) b (c) " + fields)).contains(new ProcFs.Stat('S', 7, 4711));
    assertThat(ProcFs.parseStat("nonsense")).isEmpty();
  }
}
