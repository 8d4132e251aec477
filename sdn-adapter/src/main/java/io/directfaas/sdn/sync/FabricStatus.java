package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Port;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the fabric stands: each switch, and what follows for all together.
 *
 * @param switches by node
 */
public record FabricStatus(List<SwitchStatus> switches) {

  public FabricStatus {
    switches = List.copyOf(switches);
  }

  /** Whether there is a session with every switch. */
  public boolean connected() {
    return switches.stream().allMatch(SwitchStatus::connected);
  }

  /** Whether the database of ports of every switch is being followed. */
  public boolean portsKnown() {
    return switches.stream().allMatch(SwitchStatus::portsKnown);
  }

  /** The revision every switch is known to carry; 0 for none. */
  public long syncedRevision() {
    return switches.stream().mapToLong(SwitchStatus::syncedRevision).min().orElse(0);
  }

  /** How many flows stand in our tables, all switches together. */
  public int flows() {
    return switches.stream().mapToInt(SwitchStatus::flows).sum();
  }

  /** Replica id to port, on whichever switch. */
  public Map<String, Port> ports() {
    Map<String, Port> all = new HashMap<>();
    switches.forEach(s -> all.putAll(s.ports()));
    return all;
  }

  /** Replicas that are plugged in, but whose port carries nothing. */
  public Set<String> withoutLink() {
    Set<String> all = new TreeSet<>();
    switches.forEach(s -> all.addAll(s.withoutLink()));
    return all;
  }

  public Set<String> waitingForPort() {
    Set<String> all = new TreeSet<>();
    switches.forEach(s -> all.addAll(s.waitingForPort()));
    return all;
  }

  public Set<String> ambiguousAddresses() {
    Set<String> all = new TreeSet<>();
    switches.forEach(s -> all.addAll(s.ambiguousAddresses()));
    return all;
  }

  /** What is wrong with the first switch with which something is; empty when all are right. */
  public String lastError() {
    for (SwitchStatus each : switches) {
      if (!each.lastError().isEmpty()) {
        return each.node().isEmpty() ? each.lastError() : each.node() + ": " + each.lastError();
      }
    }
    return "";
  }

  public SwitchStatus.Counters counters() {
    SwitchStatus.Counters sum = SwitchStatus.Counters.ZERO;
    for (SwitchStatus each : switches) {
      sum = sum.plus(each.counters());
    }
    return sum;
  }
}
