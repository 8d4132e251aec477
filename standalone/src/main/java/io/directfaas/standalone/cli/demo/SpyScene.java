package io.directfaas.standalone.cli.demo;

import static io.directfaas.standalone.cli.demo.Tour.EXTRACT;
import static io.directfaas.standalone.cli.demo.Tour.SPY;
import static io.directfaas.standalone.cli.demo.Tour.TRANSFORM;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A function of another tenant tries everything. */
final class SpyScene {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration COUNTERS_LATE = Duration.ofSeconds(5);
  private static final int FORGED_PACKETS = 5;

  private final Tour tour;
  private final Spy spy;
  private final Path forge;

  /**
   * @param forge the program that sends forged packets
   */
  SpyScene(Tour tour, Path forge) {
    this.tour = tour;
    this.spy = new Spy(tour.functions());
    this.forge = forge;
  }

  void play() {
    tour.title("Tenant globex's spy tries to reach acme's functions");
    GraphSnapshot graph = tour.gateway().graph();
    ReplicaView own = only(graph, SPY);
    ReplicaView extract = only(graph, EXTRACT);
    ReplicaView transform = only(graph, TRANSFORM);

    Spy.Outcome byGateway = spy.call("http://gateway:8080/function/extract.acme");
    tour.checks()
        .check(
            byGateway.status() == 403
                && byGateway.body().contains("no edge " + SPY + " -> " + EXTRACT)
                && byGateway.body().contains("directfaas.io/calls"),
            "by gateway address: its own sidecar answered %s".formatted(byGateway.status()));
    byGateway.body().strip().lines().forEach(line -> tour.say("      | " + line));

    Spy.Outcome direct = spy.call("http://%s:%d/".formatted(extract.ip(), extract.port()));
    tour.checks()
        .check(
            direct.status() == 0,
            "by address and port %s:%d: nothing came back (%s)"
                .formatted(extract.ip(), extract.port(), direct.error()));

    tour.say("Now as root in the spy's namespace, beneath its firewall, with raw packets:");
    attack(
        "undeclared",
        own,
        "a SYN from itself to extract",
        List.of("--target-ip", extract.ip(), "--target-mac", extract.mac()));
    attack(
        "spoofed",
        own,
        "a SYN to transform with extract's address",
        List.of(
            "--target-ip", transform.ip(),
            "--target-mac", transform.mac(),
            "--source-ip", extract.ip()));
    attack(
        "spoofed",
        own,
        "a SYN to transform with extract's address and MAC",
        List.of(
            "--target-ip", transform.ip(),
            "--target-mac", transform.mac(),
            "--source-ip", extract.ip(),
            "--source-mac", extract.mac()));
  }

  private void attack(String reason, ReplicaView own, String what, List<String> arguments) {
    long before = tour.counters().droppedFrom(SPY, reason);
    JsonNode report = forge(own, arguments);
    long sent = report.path("sent").asLong();
    boolean counted =
        Tour.eventually(
            COUNTERS_LATE, () -> tour.counters().droppedFrom(SPY, reason) - before >= sent);
    long after = tour.counters().droppedFrom(SPY, reason);
    boolean answered = report.path("answered").asBoolean();
    tour.checks()
        .check(
            sent == FORGED_PACKETS && counted && !answered,
            "%s: %d sent, %s; the switch's counter of %s packets went from %d to %d"
                .formatted(what, sent, answered ? "ANSWERED" : "no answer", reason, before, after));
  }

  private JsonNode forge(ReplicaView own, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("ip", "netns", "exec", tour.stack().layout().replicaNamespace(own.id())));
    command.addAll(List.of("/usr/bin/python3", forge.toString()));
    command.addAll(List.of("--count", "" + FORGED_PACKETS, "--wait", "0.5"));
    command.addAll(arguments);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new CommandFailed("the forged packets could not be sent: " + output.strip());
      }
      return JSON.readTree(output);
    } catch (IOException | JacksonException e) {
      throw new CommandFailed("the forged packets could not be sent: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }

  private static ReplicaView only(GraphSnapshot graph, FunctionRef function) {
    return graph.readyReplicasOf(function).stream()
        .findFirst()
        .orElseThrow(() -> new CommandFailed(function + " has no ready replica"));
  }
}
