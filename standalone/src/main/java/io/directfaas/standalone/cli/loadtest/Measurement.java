package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.loadtest.CpuMeter.Kind;
import java.util.Map;

/**
 * One attack and what it cost.
 *
 * @param scenario the point that was measured
 * @param way how the functions called each other
 * @param fabric what carried it: ovs, bridge, or given where it is not ours
 * @param round which repetition
 * @param figures what the driver saw
 * @param cpu seconds of processor time by kind of process
 * @param residentKib memory by kind
 * @param foreign share of the machine's processors that others used meanwhile, 0 to 1
 * @param gatewayBytes bodies that passed gateway-lite meanwhile, in bytes
 */
record Measurement(
    Scenario scenario,
    Way way,
    String fabric,
    int round,
    Figures figures,
    Map<Kind, Double> cpu,
    Map<Kind, Long> residentKib,
    double foreign,
    long gatewayBytes) {
  /** Above this share of others, a figure says more of them than of us. */
  static final double DISTURBED = 0.15;

  boolean disturbed() {
    return foreign > DISTURBED;
  }

  /** Milliseconds of processor time per call. */
  double cpuMillis(Kind kind) {
    long calls = figures.calls() - figures.failed();
    return calls == 0 ? Double.NaN : 1000 * cpu.getOrDefault(kind, 0.0) / calls;
  }

  /** As {@link #cpuMillis(Kind)}, of all but the driver. */
  double cpuMillis() {
    double sum = 0;
    for (Kind kind : Kind.values()) {
      sum += kind == Kind.DRIVER ? 0 : cpuMillis(kind);
    }
    return sum;
  }
}
