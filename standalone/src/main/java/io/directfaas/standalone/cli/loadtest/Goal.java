package io.directfaas.standalone.cli.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is aimed at, as a ratio between two ways in the same round.
 *
 * @param text what is compared
 * @param fabric over what
 * @param scenario at which point
 * @param way what is measured
 * @param against what it is compared with; null for an absolute figure
 * @param alone whether it is compared with what is measured while nothing else goes on
 * @param figure which figure
 * @param limit the goal
 * @param atMost whether the ratio is to be at most the limit, else at least
 */
record Goal(
    String text,
    String fabric,
    Scenario scenario,
    Way way,
    @Nullable Way against,
    boolean alone,
    ToDoubleFunction<Measurement> figure,
    double limit,
    boolean atMost) {

  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final int CHAIN = 4;

  static final Scenario SMALL = new Scenario("latency", 1, KIB, CHAIN, 0, Meanwhile.NOTHING);
  static final Scenario MEDIUM = new Scenario("latency", 1, 64 * KIB, CHAIN, 0, Meanwhile.NOTHING);
  static final Scenario LARGE = new Scenario("latency", 1, MIB, CHAIN, 0, Meanwhile.NOTHING);
  static final Scenario BUSY_SMALL =
      new Scenario("throughput", 16, KIB, CHAIN, 0, Meanwhile.NOTHING);
  static final Scenario BUSY_MEDIUM =
      new Scenario("throughput", 16, 64 * KIB, CHAIN, 0, Meanwhile.NOTHING);

  static final Scenario FLOODED = new Scenario("two tenants", 1, KIB, CHAIN, 0, Meanwhile.FLOOD);

  /** Every goal, in the order in which they are reported. */
  static List<Goal> all() {
    ToDoubleFunction<Measurement> p50 = m -> m.figures().p50();
    ToDoubleFunction<Measurement> rate = m -> m.figures().rate();
    ToDoubleFunction<Measurement> cpu = Measurement::cpuMillis;
    ToDoubleFunction<Measurement> sidecarPerHop =
        m -> m.cpuMillis(CpuMeter.Kind.SIDECARS) / m.scenario().chain();
    List<Goal> goals = new ArrayList<>();
    goals.add(most("p50", "ovs", SMALL, Way.NAME, Way.DIRECT, p50, 1.05));
    goals.add(least("requests/s", "ovs", BUSY_SMALL, Way.NAME, Way.DIRECT, rate, 0.95));
    goals.add(most("p50", "bridge", SMALL, Way.NAME, Way.NGINX, p50, 0.67));
    goals.add(most("p50", "bridge", MEDIUM, Way.NAME, Way.NGINX, p50, 0.65));
    goals.add(most("p50", "bridge", LARGE, Way.NAME, Way.NGINX, p50, 0.49));
    goals.add(most("p50", "ovs", SMALL, Way.NAME, Way.NGINX, p50, 0.59));
    goals.add(most("p50", "ovs", MEDIUM, Way.NAME, Way.NGINX, p50, 0.50));
    goals.add(most("p50", "ovs", LARGE, Way.NAME, Way.NGINX, p50, 0.34));
    goals.add(most("p50", "ovs", SMALL, Way.GATEWAY, Way.DIRECT, p50, 2.0));
    goals.add(least("requests/s", "ovs", BUSY_SMALL, Way.GATEWAY, Way.DIRECT, rate, 0.45));
    goals.add(most("p50", "ovs", SMALL, Way.GATEWAY, Way.NGINX, p50, 1.2));
    goals.add(most("p50", "ovs", MEDIUM, Way.GATEWAY, Way.NGINX, p50, 0.85));
    goals.add(most("p50", "ovs", LARGE, Way.GATEWAY, Way.NGINX, p50, 0.44));
    goals.add(least("requests/s", "ovs", BUSY_MEDIUM, Way.GATEWAY, Way.NGINX, rate, 1.7));
    goals.add(
        new Goal(
            "Envoy CPU per hop, ms",
            "ovs",
            BUSY_SMALL,
            Way.GATEWAY,
            null,
            false,
            sidecarPerHop,
            0.07,
            true));
    for (Way way : List.of(Way.GATEWAY, Way.NAME)) {
      goals.add(new Goal("p99", "ovs", FLOODED, way, way, true, m -> m.figures().p99(), 1.5, true));
    }
    goals.add(most("p50", "ovs", SMALL, Way.GATEWAY, Way.BASELINE, p50, 0.59));
    goals.add(most("p50", "ovs", MEDIUM, Way.GATEWAY, Way.BASELINE, p50, 0.60));
    goals.add(most("p50", "ovs", LARGE, Way.GATEWAY, Way.BASELINE, p50, 0.58));
    goals.add(least("requests/s", "ovs", BUSY_SMALL, Way.GATEWAY, Way.BASELINE, rate, 2.1));
    goals.add(most("CPU", "ovs", BUSY_SMALL, Way.GATEWAY, Way.BASELINE, cpu, 0.51));
    return goals;
  }

  private static Goal most(
      String text,
      String fabric,
      Scenario scenario,
      Way way,
      Way against,
      ToDoubleFunction<Measurement> figure,
      double limit) {
    return new Goal(text, fabric, scenario, way, against, false, figure, limit, true);
  }

  private static Goal least(
      String text,
      String fabric,
      Scenario scenario,
      Way way,
      Way against,
      ToDoubleFunction<Measurement> figure,
      double limit) {
    return new Goal(text, fabric, scenario, way, against, false, figure, limit, false);
  }

  /** What it says in words. */
  String title() {
    return "%s %s%s, %s, %s"
        .formatted(
            way.title(),
            text,
            alone ? " against alone" : against == null ? "" : " against " + against.title(),
            scenario.title(),
            fabric);
  }

  boolean reachedBy(double value) {
    return atMost ? value <= limit : value >= limit;
  }

  /**
   * The ratio of each round in which both were measured, in ascending order; empty where they were
   * not.
   */
  List<Double> ratios(List<Measurement> measurements) {
    List<Double> ratios = new ArrayList<>();
    for (Measurement m : measurements) {
      if (!measures(m, way, scenario.meanwhile())) {
        continue;
      }
      if (against == null) {
        ratios.add(figure.applyAsDouble(m));
        continue;
      }
      Meanwhile then = alone ? Meanwhile.NOTHING : scenario.meanwhile();
      measurements.stream()
          .filter(other -> measures(other, against, then) && other.round() == m.round())
          .filter(other -> !alone || other.scenario().name().equals(m.scenario().name()))
          .mapToDouble(other -> figure.applyAsDouble(m) / figure.applyAsDouble(other))
          .filter(Double::isFinite)
          .forEach(ratios::add);
    }
    ratios.sort(null);
    return ratios;
  }

  private boolean measures(Measurement m, Way which, Meanwhile then) {
    return m.way() == which
        && (m.fabric().equals(fabric) || which == Way.BASELINE)
        && m.scenario().meanwhile() == then
        && m.scenario().sameCalls(scenario);
  }
}
