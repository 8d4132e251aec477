package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.Installation;
import io.directfaas.standalone.cli.loadtest.CpuMeter.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** All that was measured, for people's own tools and for the page that shows it. */
final class ReportJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ReportJson() {}

  static ObjectNode of(Plan plan, List<Measurement> measurements) throws IOException {
    ObjectNode report = JSON.createObjectNode();
    Installation installation = Installation.ofProcess();
    report.put("plan", plan.name());
    report.put("rounds", plan.rounds());
    report.put("secondsPerAttack", plan.seconds());
    report.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report.put("version", installation.version());
    report.put("envoy", installation.envoyVersion());
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("processor", processor());
    report.put("disturbedShare", share(measurements));
    ArrayNode ways = report.putArray("ways");
    for (Way way : Way.values()) {
      if (measurements.stream().anyMatch(m -> m.way() == way)) {
        ObjectNode node = ways.addObject();
        node.put("id", way.id());
        node.put("title", way.title());
        node.put("explanation", way.explanation());
      }
    }
    ArrayNode goals = report.putArray("goals");
    Goal.all().forEach(goal -> add(goal, measurements, goals.addObject()));
    ArrayNode all = report.putArray("measurements");
    measurements.forEach(m -> add(m, all.addObject()));
    return report;
  }

  /** What part of the figures was taken while others used the machine. */
  static double share(List<Measurement> measurements) {
    return measurements.isEmpty()
        ? 0
        : (double) measurements.stream().filter(Measurement::disturbed).count()
            / measurements.size();
  }

  private static void add(Goal goal, List<Measurement> measurements, ObjectNode node) {
    List<Double> ratios = goal.ratios(measurements);
    node.put("goal", goal.title());
    node.put("limit", (goal.atMost() ? "≤ " : "≥ ") + goal.limit());
    if (ratios.isEmpty()) {
      node.put("measured", false);
      return;
    }
    double median = Spread.median(ratios);
    node.put("measured", true);
    node.put("median", median);
    node.put("least", ratios.getFirst());
    node.put("most", ratios.getLast());
    node.put("rounds", ratios.size());
    node.put("reached", goal.reachedBy(median));
  }

  private static void add(Measurement m, ObjectNode node) {
    Scenario scenario = m.scenario();
    node.put("scenario", scenario.name());
    node.put("clients", scenario.clients());
    node.put("bytes", scenario.bytes());
    node.put("chain", scenario.chain());
    node.put("work", scenario.work());
    node.put("meanwhile", scenario.meanwhile().id());
    node.put("app", scenario.app().id());
    node.put("rate", scenario.rate());
    node.put("swing", scenario.swing());
    node.put("way", m.way().id());
    node.put("fabric", m.fabric());
    node.put("round", m.round());
    node.put("requestsPerSecond", m.figures().rate());
    node.put("cpuMillisPerRequest", m.cpuMillis());
    ObjectNode cpu = node.putObject("cpuMillisByKind");
    ObjectNode resident = node.putObject("residentKibByKind");
    for (Kind kind : Kind.values()) {
      cpu.put(name(kind), m.cpuMillis(kind));
      resident.put(name(kind), m.residentKib().getOrDefault(kind, 0L));
    }
    node.put("foreignShare", m.foreign());
    node.put("disturbed", m.disturbed());
    node.put("gatewayBytes", m.gatewayBytes());
    node.set("figures", m.figures().json());
  }

  private static String name(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }
}
