package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is measured: a file of {@code load-tests/plans/}.
 *
 * @param name of the plan
 * @param rounds how often all of it is repeated
 * @param seconds how long each attack lasts
 * @param warmUp how long the same attack runs before, unmeasured
 * @param fabrics over what: ovs, bridge
 * @param ways which ways to call
 * @param scenarios the points
 */
record Plan(
    String name,
    int rounds,
    double seconds,
    double warmUp,
    List<String> fabrics,
    List<Way> ways,
    List<Scenario> scenarios) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> FABRICS = Set.of("ovs", "bridge");

  /**
   * @throws CommandFailed naming the field that is wrong
   */
  static Plan read(Path file) {
    try {
      return of(file.getFileName().toString().replace(".json", ""), JSON.readTree(file.toFile()));
    } catch (JacksonException e) {
      throw new CommandFailed(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(file + ": " + e.getMessage(), e);
    }
  }

  /** The names of the plans in a folder. */
  static List<String> names(Path folder) {
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".json"))
          .map(file -> file.replace(".json", ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new CommandFailed("the plans cannot be read: " + e, e);
    }
  }

  static Plan of(String name, JsonNode json) {
    Set<String> fabrics = new LinkedHashSet<>();
    for (JsonNode fabric : json.path("fabrics")) {
      if (!FABRICS.contains(fabric.asString())) {
        throw new IllegalArgumentException(
            "fabrics: '" + fabric.asString() + "' is neither ovs nor bridge");
      }
      fabrics.add(fabric.asString());
    }
    Set<Way> ways = ways("ways", json);
    List<Scenario> scenarios = new ArrayList<>();
    for (JsonNode each : json.path("scenarios")) {
      for (int clients : numbers(each, "clients", 1)) {
        for (int bytes : numbers(each, "bytes", 1024)) {
          for (int chain : numbers(each, "chain", 4)) {
            for (Meanwhile meanwhile : meanwhiles(each)) {
              scenarios.add(
                  new Scenario(
                      each.path("name").asString("unnamed"),
                      clients,
                      bytes,
                      chain,
                      each.path("work").asInt(0),
                      meanwhile,
                      app(each),
                      each.path("rate").asInt(0),
                      each.path("swing").asDouble(0),
                      ways("scenarios.ways", each)));
            }
          }
        }
      }
    }
    require(!fabrics.isEmpty(), "fabrics: names none");
    require(!ways.isEmpty(), "ways: names none");
    require(!scenarios.isEmpty(), "scenarios: there are none");
    int rounds = json.path("rounds").asInt(3);
    double seconds = json.path("seconds").asDouble(3);
    double warmUp = json.path("warmUp").asDouble(1);
    require(rounds >= 1 && rounds <= 100, "rounds: %d is not 1 to 100".formatted(rounds));
    require(seconds > 0 && seconds <= 300, "seconds: %s is not 0 to 300".formatted(seconds));
    require(warmUp > 0 && warmUp <= 60, "warmUp: %s is not 0 to 60".formatted(warmUp));
    return new Plan(
        name,
        rounds,
        seconds,
        warmUp,
        List.copyOf(fabrics),
        List.copyOf(ways),
        List.copyOf(scenarios));
  }

  /**
   * @param field how messages name it
   */
  private static Set<Way> ways(String field, JsonNode parent) {
    Set<Way> ways = new LinkedHashSet<>();
    for (JsonNode way : parent.path("ways")) {
      ways.add(
          Way.of(way.asString())
              .filter(known -> known != Way.BASELINE)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          field + ": '" + way.asString() + "' is no way to call")));
    }
    return ways;
  }

  private static App app(JsonNode scenario) {
    String id = scenario.path("app").asString(App.ECHO.id());
    return App.of(id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "scenarios.app: '" + id + "' is neither echo nor image"));
  }

  private static List<Meanwhile> meanwhiles(JsonNode scenario) {
    JsonNode value = scenario.path("meanwhile");
    if (value.isMissingNode()) {
      return List.of(Meanwhile.NOTHING);
    }
    List<Meanwhile> meanwhiles = new ArrayList<>();
    for (JsonNode each : value.isArray() ? value : List.of(value)) {
      meanwhiles.add(
          Meanwhile.of(each.asString())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "scenarios.meanwhile: '"
                              + each.asString()
                              + "' is none of nothing, flood, churn, cold, scaling")));
    }
    return meanwhiles;
  }

  private static List<Integer> numbers(JsonNode scenario, String field, int otherwise) {
    JsonNode value = scenario.path(field);
    if (value.isMissingNode()) {
      return List.of(otherwise);
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode each : value.isArray() ? value : List.of(value)) {
      if (!each.isInt()) {
        throw new IllegalArgumentException(
            "scenarios." + field + ": " + each + " is not a whole number");
      }
      numbers.add(each.asInt());
    }
    return numbers;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  boolean has(Meanwhile meanwhile) {
    return scenarios.stream().anyMatch(scenario -> scenario.meanwhile() == meanwhile);
  }

  boolean has(App app) {
    return scenarios.stream().anyMatch(scenario -> scenario.app() == app);
  }

  boolean isScaled() {
    return scenarios.stream().anyMatch(scenario -> scenario.meanwhile().isScaled());
  }

  int longestChain() {
    return scenarios.stream().mapToInt(Scenario::chain).max().orElse(1);
  }

  /** Roughly, how long all attacks take. */
  double minutes(int baselines) {
    int each = fabrics.size() * ways.size() + baselines;
    return rounds * scenarios.size() * each * (seconds + warmUp + 0.4) / 60;
  }
}
