package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Replicas follow real load: up to what the formula says, steady while it is, down when it ends.
 */
class AutoscalingTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration DOWN_AFTER = Duration.ofSeconds(15);
  private static final String FUNCTION =
      """
        %s:
          image: local/http
          handler: %s
          fprocess: /usr/bin/python3 probe.py
      %s
      """;

  /** What each has without load. */
  private static final Map<String, Integer> IDLE =
      Map.of("by-rps", 1, "by-capacity", 2, "by-cpu", 1, "fixed", 2);

  @TempDir static Path dir;
  private static StackUnderTest stack;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(
        dir.resolve("stack.yml"),
        """
        version: 1.0
        provider:
          name: openfaas
        functions:
        """
            // 9 calls a second for each replica
            + function("by-rps", "labels: {%s: rps, %s: \"10\", %s: \"6\"}", "type target max")
            // 1.8 calls at a time
            + function(
                "by-capacity",
                "labels: {%s: capacity, %s: \"2\", %s: \"2\", %s: \"6\"}",
                "type target min max")
            // 90 millicores; and a start that takes more than that for seconds
            + function(
                "by-cpu",
                "environment: {START_BURNS_MS: \"3000\"}\n"
                    + "    labels: {%s: cpu, %s: \"100\", %s: \"6\"}",
                "type target max")
            + function(
                "fixed",
                "labels: {%s: rps, %s: \"1\", %s: \"2\", %s: \"2\"}",
                "type target min max")
            + function("caller", "annotations: {directfaas.io/calls: by-rps}", ""));
    stack =
        StackUnderTest.started(
            Map.of("DIRECTFAAS_GATEWAY_SCALEDOWNAFTER", DOWN_AFTER.toSeconds() + "s"));
    stack.succeed("deploy", "-f", dir.resolve("stack.yml").toString());
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  private static String function(String name, String more, String labels) {
    Object[] keys =
        List.of(labels.split(" ")).stream().map(key -> "com.openfaas.scale." + key).toArray();
    return FUNCTION.formatted(name, WayIn.PROBE, "    " + more.formatted(keys));
  }

  private static Map<String, Integer> replicas() {
    Map<String, Integer> replicas = new TreeMap<>();
    for (JsonNode function : JSON.readTree(stack.control("GET", "/system/functions", "").body())) {
      replicas.put(function.path("name").asString(), function.path("replicas").asInt());
    }
    replicas.remove("caller");
    return replicas;
  }

  /** Awaited where the machine has what tells it. */
  private static boolean usageIsKnown() {
    if (Machine.controlGroup(stack, "cpuacct").isEmpty()) {
      return false;
    }
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                stack
                    .control("GET", "/system/function/by-cpu?usage=1", "")
                    .body()
                    .contains("\"usage\""));
    return true;
  }

  @Test
  void replicasFollowTheLoadWithoutFlapping() throws Exception {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(replicas()).isEqualTo(IDLE));
    Map<String, Integer> loaded =
        Map.of(
            "by-rps", 3, // 23 of 9 each
            "by-capacity", 3, // 5 of 1.8
            // 140 and what HTTP takes, of 90; without control groups nothing is known.
            "by-cpu", usageIsKnown() ? 2 : 1,
            "fixed", 2);
    try (Watch watch = new Watch();
        WayIn inside = WayIn.to(stack, "caller")) {
      try (Calls outside = new Calls(stack.function("by-rps/status/200"), 12, 50);
          Calls within = new Calls(inside.function("by-rps/status/200"), 11, 50);
          Calls burning = new Calls(stack.function("by-cpu/burn/20"), 7, 1);
          Calls many = new Calls(stack.function("fixed/status/200"), 20, 50)) {
        List<InputStream> held = hold(stack.function("by-capacity/events/none/2"), 5);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(replicas()).isEqualTo(loaded));
        Thread.sleep(DOWN_AFTER.plusSeconds(10));
        assertThat(replicas()).isEqualTo(loaded);
        loaded.forEach((function, count) -> assertRose(function, watch.counts(function), count));
        for (InputStream stream : held) {
          stream.close();
        }
        for (Calls calls : List.of(outside, within, burning, many)) {
          calls.close();
          assertThat(calls.failures()).as(calls.toString()).isEmpty();
        }
      }
      Map<String, Integer> seen = new TreeMap<>();
      IDLE.keySet().forEach(function -> seen.put(function, watch.counts(function).size() - 1));

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(replicas()).isEqualTo(IDLE));

      seen.forEach((function, before) -> assertFell(function, watch.counts(function), before));
    }
  }

  private static void assertFell(String function, List<Integer> counts, int from) {
    assertThat(counts.subList(from, counts.size()))
        .as(function + " only falls: " + counts)
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  private static void assertRose(String function, List<Integer> counts, int to) {
    assertThat(counts).as(function + " only rises").isSorted();
    assertThat(counts).as(function).first().isEqualTo(IDLE.get(function));
    assertThat(counts).as(function).last().isEqualTo(to);
  }

  /** Calls whose answers have begun and do not end. */
  private List<InputStream> hold(URI address, int count) throws Exception {
    List<InputStream> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HttpResponse<InputStream> answer =
          http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      held.add(answer.body());
    }
    return held;
  }

  /** Writes down each number of replicas that differs from the one before. */
  private static final class Watch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(500);
    private final Map<String, List<Integer>> history = new ConcurrentHashMap<>();
    private final Thread thread;

    Watch() {
      look();
      thread = Thread.ofVirtual().start(this::watch);
    }

    private void watch() {
      try {
        while (true) {
          Thread.sleep(LOOK);
          look();
        }
      } catch (InterruptedException e) {
        // enough seen
      }
    }

    private void look() {
      replicas().forEach(this::note);
    }

    private void note(String function, int count) {
      List<Integer> counts = history.computeIfAbsent(function, f -> new CopyOnWriteArrayList<>());
      if (counts.isEmpty() || counts.getLast() != count) {
        counts.add(count);
      }
    }

    List<Integer> counts(String function) {
      return List.copyOf(history.getOrDefault(function, List.of()));
    }

    @Override
    public void close() throws InterruptedException {
      thread.interrupt();
      thread.join();
    }
  }

  /**
   * So many calls a second, and so many at a time, never more: what cannot be sent in time is left
   * out, so that a slow moment is not followed by more load than was meant.
   */
  private final class Calls implements AutoCloseable {
    private final URI address;
    private final Duration interval;
    private final int atOnce;
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<Thread> running = new ArrayList<>();
    private final Thread pacer;
    private volatile boolean ended;

    Calls(URI address, int perSecond, int atOnce) {
      this.address = address;
      this.atOnce = atOnce;
      this.interval = Duration.ofSeconds(1).dividedBy(perSecond);
      this.pacer = Thread.ofVirtual().start(this::pace);
    }

    private void pace() {
      try {
        while (!ended) {
          running.removeIf(call -> !call.isAlive());
          if (running.size() < atOnce) {
            running.add(Thread.ofVirtual().start(this::call));
          }
          Thread.sleep(interval);
        }
        for (Thread call : running) {
          call.join();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void call() {
      try {
        HttpResponse<String> answer =
            http.send(
                HttpRequest.newBuilder(address).timeout(PATIENCE).build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          failures.add(answer.statusCode() + " " + answer.body());
        }
      } catch (IOException e) {
        failures.add(e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    List<String> failures() {
      return failures;
    }

    @Override
    public void close() {
      ended = true;
      try {
        pacer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }
}
