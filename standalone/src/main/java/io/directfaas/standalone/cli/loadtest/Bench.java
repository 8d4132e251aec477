package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.term.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Runs a plan: round by round, and within a round all ways side by side in a changing order. */
final class Bench {
  /**
   * One way over one fabric.
   *
   * @param fabric its name
   * @param way how the functions call each other
   * @param driver what makes the load
   * @param url how the function of that number is called
   * @param nuisance makes something else go on until it is closed
   */
  record Lane(
      String fabric,
      Way way,
      Driver driver,
      IntFunction<String> url,
      BiFunction<Meanwhile, Double, Nuisance> nuisance) {
    Attack attack(Scenario scenario, double seconds) {
      List<String> rest = IntStream.rangeClosed(2, scenario.chain()).mapToObj(url).toList();
      return new Attack(url.apply(1), rest, scenario, 0, seconds);
    }

    String title() {
      return way.title() + ", " + fabric;
    }
  }

  private final Plan plan;
  private final List<Lane> lanes;
  private final CpuMeter meter;
  private final Map<String, GatewayBytes> gatewayBytes;
  private final Terminal terminal;

  /** Something that goes on beside. */
  interface Nuisance extends AutoCloseable {
    Nuisance NONE = () -> {};

    @Override
    void close();
  }

  /** Reads how many bytes of bodies have passed the gateway-lite of a fabric's stack. */
  interface GatewayBytes {
    long read();
  }

  Bench(
      Plan plan,
      List<Lane> lanes,
      CpuMeter meter,
      Map<String, GatewayBytes> gatewayBytes,
      Terminal terminal) {
    this.plan = plan;
    this.lanes = lanes;
    this.meter = meter;
    this.gatewayBytes = Map.copyOf(gatewayBytes);
    this.terminal = terminal;
  }

  /**
   * @throws CommandFailed if a way does not bring back what was sent
   */
  List<Measurement> run() throws IOException {
    checkAll();
    List<Measurement> measurements = new ArrayList<>();
    // The same order in every run of a plan, another one in every round.
    Random order = new Random(plan.name().hashCode());
    for (int round = 1; round <= plan.rounds(); round++) {
      for (Scenario scenario : plan.scenarios()) {
        List<Lane> shuffled = new ArrayList<>(lanes);
        Collections.shuffle(shuffled, order);
        for (Lane lane : shuffled) {
          terminal.progress(
              "Round %d of %d: %s; %s"
                  .formatted(round, plan.rounds(), scenario.title(), lane.title()));
          measurements.add(measure(lane, scenario, round));
        }
      }
    }
    terminal.progressDone();
    return measurements;
  }

  /** A way that fails would be fast. */
  private void checkAll() {
    Map<Integer, Scenario> longest = new LinkedHashMap<>();
    plan.scenarios().forEach(scenario -> longest.putIfAbsent(scenario.chain(), scenario));
    for (Lane lane : lanes) {
      for (Scenario scenario : longest.values()) {
        lane.driver().check(lane.attack(scenario, 1));
      }
    }
  }

  private Measurement measure(Lane lane, Scenario scenario, int round) throws IOException {
    Attack attack = lane.attack(scenario, plan.seconds());
    lane.driver().run(attack.withSeconds(plan.warmUp()));
    GatewayBytes bytes = gatewayBytes.getOrDefault(lane.fabric(), () -> 0);
    long bytesBefore = bytes.read();
    CpuMeter.Reading before = meter.read();
    long start = System.nanoTime();
    Figures figures;
    try (Nuisance nuisance = lane.nuisance().apply(scenario.meanwhile(), plan.seconds())) {
      figures = lane.driver().run(attack);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    CpuMeter.Reading after = meter.read();
    Map<CpuMeter.Kind, Double> cpu = after.since(before);
    double ours = cpu.values().stream().mapToDouble(Double::doubleValue).sum();
    double all = after.machine() - before.machine();
    double capacity = seconds * Runtime.getRuntime().availableProcessors();
    return new Measurement(
        scenario,
        lane.way(),
        lane.fabric(),
        round,
        figures,
        cpu,
        after.residentKib(),
        Math.clamp((all - ours) / capacity, 0, 1),
        bytes.read() - bytesBefore);
  }
}
