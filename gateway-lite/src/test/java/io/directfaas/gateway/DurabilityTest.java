package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.json.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DurabilityTest {
  /** The short form; {@code -Ddirectfaas.test.kills=200} is the long one. */
  private static final int ROUNDS = Integer.getInteger("directfaas.test.kills", 10);

  private static final int WRITERS = 4;

  @TempDir Path stateDir;
  private final HttpClient client = HttpClient.newHttpClient();

  /** What a function must look like: the image last accepted, and the one that may be. */
  private record Expected(@Nullable String accepted, @Nullable String pending) {}

  private final Map<String, Expected> expected = new ConcurrentHashMap<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong highestRevision = new AtomicLong();
  private @Nullable String graphId;
  private int port;

  @Test
  void everyAcceptedWriteSurvivesAKillAndNoneIsHalfThere() throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    for (int round = 0; round < ROUNDS; round++) {
      Process process = GatewayProcess.start(stateDir, port);
      try {
        awaitReady(process);
        check();
        List<Thread> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          String name = "w" + writer;
          int current = round;
          writers.add(Thread.ofVirtual().start(() -> write(name, current)));
        }
        // At random points, after something was written; on a slow machine that is later.
        long written = accepted.get();
        await()
            .atMost(Duration.ofMinutes(5))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> accepted.get() > written);
        Thread.sleep(ThreadLocalRandom.current().nextLong(0, 400));
        process.destroyForcibly().waitFor();
        for (Thread writer : writers) {
          writer.join();
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    Process process = GatewayProcess.start(stateDir, port);
    try {
      awaitReady(process);
      check();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(refusals).isEmpty();
    assertThat(accepted.get()).isGreaterThan(ROUNDS);
  }

  /** Deploys, updates and deletes until the server is gone. */
  private void write(String writer, int round) {
    try {
      for (int i = 0; ; i++) {
        String name = writer + "-" + i % 5;
        Expected before = expected.getOrDefault(name, new Expected(null, null));
        String held = before.accepted();
        if (held != null && i % 7 == 6) {
          expected.put(name, new Expected(held, null));
          require(send("DELETE", "{\"functionName\":\"" + name + "\"}"), 202);
          expected.put(name, new Expected(null, null));
        } else {
          String image = "image-" + round + "-" + i;
          expected.put(name, new Expected(held, image));
          require(send(held == null ? "POST" : "PUT", deployment(name, image)), 202);
          expected.put(name, new Expected(image, image));
        }
      }
    } catch (IOException e) {
      // killed; what was pending may or may not be there
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Image and annotation are two places of one change: they must never differ. */
  private static String deployment(String name, String image) {
    return "{\"service\":\""
        + name
        + "\",\"image\":\""
        + image
        + "\",\"annotations\":{\"topic\":\""
        + image
        + "\",\"directfaas.io/calls\":\"w0-0\"}}";
  }

  private void require(HttpResponse<String> response, int status) {
    if (response.statusCode() != status) {
      refusals.add(response.statusCode() + ": " + response.body());
      return;
    }
    long revision = Long.parseLong(response.headers().firstValue("X-Graph-Revision").orElseThrow());
    highestRevision.accumulateAndGet(revision, Math::max);
    accepted.incrementAndGet();
  }

  private void check() throws Exception {
    Map<String, String> found = new TreeMap<>();
    for (JsonNode function : Json.MAPPER.readTree(send("GET", "").body())) {
      String image = function.get("image").stringValue();
      assertThat(function.at("/annotations/topic").stringValue()).isEqualTo(image);
      found.put(function.get("name").stringValue(), image);
    }
    Map<String, Expected> settled = new TreeMap<>();
    expected.forEach(
        (name, wanted) -> {
          String image = found.get(name);
          if (!java.util.Objects.equals(image, wanted.accepted())) {
            assertThat(image).as(name).isEqualTo(wanted.pending());
          }
          settled.put(name, new Expected(image, image));
        });
    assertThat(expected.keySet()).containsAll(found.keySet());
    expected.putAll(settled);
    JsonNode graph = Json.MAPPER.readTree(send("GRAPH", "").body());
    assertThat(graph.get("revision").longValue()).isGreaterThanOrEqualTo(highestRevision.get());
    List<String> functions = new ArrayList<>();
    graph.get("functions").forEach(function -> functions.add(function.get("name").stringValue()));
    functions.remove("ingress");
    assertThat(functions).containsExactlyInAnyOrderElementsOf(found.keySet());
    String id = graph.get("id").stringValue();
    assertThat(graphId == null || graphId.equals(id)).isTrue();
    graphId = id;
  }

  private HttpResponse<String> send(String method, String body)
      throws IOException, InterruptedException {
    Path secrets = stateDir.resolve("secrets");
    String pair = "admin:" + Files.readString(secrets.resolve("basic-auth-password"));
    boolean graph = method.equals("GRAPH");
    return client.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + port + (graph ? "/system/graph" : "/system/functions")))
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
            .timeout(Duration.ofSeconds(20))
            .method(graph ? "GET" : method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private void awaitReady(Process process) {
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(IOException.class)
        .failFast("gateway-lite ended", () -> !process.isAlive())
        .until(
            () ->
                client
                        .send(
                            HttpRequest.newBuilder(
                                    URI.create("http://127.0.0.1:" + port + "/healthz"))
                                .build(),
                            BodyHandlers.discarding())
                        .statusCode()
                    == 200);
  }
}
