package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.term.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Runs a plan: round by round, and within a round all ways side by side in a changing order. */
final class Bench {
  /**
   * One way over one fabric.
   *
   * @param fabric its name
   * @param way how the functions call each other
   * @param call how a scenario's first function is called this way; empty where it cannot be
   * @param nuisance makes something else go on until it is closed
   */
  record Lane(
      String fabric,
      Way way,
      Function<Scenario, Optional<Attack.Call>> call,
      BiFunction<Meanwhile, Double, Nuisance> nuisance) {
    Optional<Attack> attack(Scenario scenario, double seconds) {
      return call.apply(scenario).map(found -> new Attack(found, scenario, seconds));
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
          Optional<Attack> attack = lane.attack(scenario, plan.seconds());
          if (attack.isPresent()) {
            terminal.progress(
                "Round %d of %d: %s; %s"
                    .formatted(round, plan.rounds(), scenario.title(), lane.title()));
            measurements.add(measure(lane, attack.get(), round));
          }
        }
      }
    }
    terminal.progressDone();
    return measurements;
  }

  /** A way that fails would be fast. */
  private void checkAll() {
    for (Lane lane : lanes) {
      Map<Attack.Call, Attack> different = new LinkedHashMap<>();
      for (Scenario scenario : plan.scenarios()) {
        lane.attack(scenario, 1).ifPresent(attack -> different.putIfAbsent(attack.call(), attack));
      }
      different.forEach((call, attack) -> call.driver().check(attack));
    }
  }

  private Measurement measure(Lane lane, Attack attack, int round) throws IOException {
    Scenario scenario = attack.scenario();
    attack.withSeconds(plan.warmUp()).run();
    GatewayBytes bytes = gatewayBytes.getOrDefault(lane.fabric(), () -> 0);
    long bytesBefore;
    CpuMeter.Reading before;
    CpuMeter.Reading after;
    double seconds;
    Figures figures;
    try (Nuisance nuisance = lane.nuisance().apply(scenario.meanwhile(), plan.seconds())) {
      bytesBefore = bytes.read();
      before = meter.read();
      long start = System.nanoTime();
      figures = attack.run();
      seconds = (System.nanoTime() - start) / 1e9;
      after = meter.read();
    }
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
