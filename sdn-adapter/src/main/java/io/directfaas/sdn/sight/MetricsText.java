package io.directfaas.sdn.sight;

import io.directfaas.sdn.sync.FabricStatus;
import io.directfaas.sdn.sync.LatencyHistogram;
import io.directfaas.sdn.sync.SwitchStatus;
import io.directfaas.sdn.sync.Telemetry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Prometheus text exposition format, version 0.0.4. */
final class MetricsText {
  private final StringBuilder text = new StringBuilder();

  /**
   * What the switches themselves count.
   *
   * @param edges per edge
   * @param drops per reason
   * @param tenants per tenant
   */
  record Counted(List<EdgeCount> edges, List<DropCount> drops, List<TenantDrops> tenants) {
    /** For while a switch cannot be asked. */
    static final Counted NOTHING = new Counted(List.of(), List.of(), List.of());
  }

  static String of(FabricStatus status, Telemetry telemetry, long overflown, Counted counted) {
    MetricsText metrics = new MetricsText();
    metrics.status(status);
    metrics.telemetry(telemetry, overflown);
    metrics.edges(counted.edges());
    metrics.drops(counted.drops());
    metrics.tenants(counted.tenants());
    return metrics.text.toString();
  }

  private void status(FabricStatus status) {
    SwitchStatus.Counters c = status.counters();
    gauge("directfaas_sdn_switch_connected", "Whether there is a session.", status.connected());
    gauge("directfaas_sdn_ports_known", "Whether the database is followed.", status.portsKnown());
    family("directfaas_sdn_synced_revision", "gauge", "Revision the switch carries.");
    sample("directfaas_sdn_synced_revision", Map.of(), status.syncedRevision());
    family("directfaas_sdn_flows", "gauge", "Flows standing in our tables.");
    sample("directfaas_sdn_flows", Map.of(), status.flows());
    family("directfaas_sdn_replicas_without_port", "gauge", "Replicas that are not plugged in.");
    sample("directfaas_sdn_replicas_without_port", Map.of(), status.waitingForPort().size());
    family("directfaas_sdn_replicas_without_link", "gauge", "Replicas whose port has no link.");
    sample("directfaas_sdn_replicas_without_link", Map.of(), status.withoutLink().size());
    family("directfaas_sdn_syncs_total", "counter", "Comparisons with the switch, by result.");
    sample("directfaas_sdn_syncs_total", Map.of("result", "ok"), c.syncs());
    sample("directfaas_sdn_syncs_total", Map.of("result", "failed"), c.failedSyncs());
    family("directfaas_sdn_flow_writes_total", "counter", "Flows written and deleted.");
    sample("directfaas_sdn_flow_writes_total", Map.of("op", "add"), c.flowsWritten());
    sample("directfaas_sdn_flow_writes_total", Map.of("op", "delete"), c.flowsDeleted());
    family("directfaas_sdn_foreign_flows_removed_total", "counter", "Flows that were not ours.");
    sample("directfaas_sdn_foreign_flows_removed_total", Map.of(), c.foreignFlowsRemoved());
    family("directfaas_sdn_unparsed_messages", "gauge", "Unreadable messages in these sessions.");
    sample("directfaas_sdn_unparsed_messages", Map.of(), c.unparsedMessages());
    family("directfaas_sdn_switch_role", "gauge", "Switches, by what this adapter is to them.");
    Map<String, Long> roles = new TreeMap<>();
    status.switches().forEach(each -> roles.merge(each.role(), 1L, Long::sum));
    roles.forEach((role, n) -> sample("directfaas_sdn_switch_role", Map.of("role", role), n));
  }

  private void telemetry(Telemetry telemetry, long overflown) {
    histogram(
        "directfaas_sdn_sync_seconds",
        "Time of comparisons that ended well, until the barrier.",
        telemetry.syncs());
    histogram(
        "directfaas_sdn_bundle_seconds",
        "Time of bundles, from the first message to the barrier.",
        telemetry.bundles());
    family("directfaas_sdn_orphan_flows_removed_total", "counter", "Ours, but of no known graph.");
    sample("directfaas_sdn_orphan_flows_removed_total", Map.of(), telemetry.orphanFlowsRemoved());
    family("directfaas_sdn_denied_samples_lost_total", "counter", "Shown, but not looked at.");
    sample("directfaas_sdn_denied_samples_lost_total", Map.of(), overflown);
  }

  private void histogram(String name, String help, LatencyHistogram latencies) {
    family(name, "histogram", help);
    for (int i = 0; i < latencies.bounds(); i++) {
      sample(
          name + "_bucket",
          Map.of("le", Double.toString(latencies.boundSeconds(i))),
          latencies.countUpTo(i));
    }
    long count = latencies.countUpTo(latencies.bounds());
    sample(name + "_bucket", Map.of("le", "+Inf"), count);
    text.append(name).append("_sum ").append(latencies.sumSeconds()).append('\n');
    sample(name + "_count", Map.of(), count);
  }

  private void tenants(List<TenantDrops> tenants) {
    family("directfaas_tenant_metered_packets_total", "counter", "Held back by a tenant's meter.");
    for (TenantDrops t : tenants) {
      sample(
          "directfaas_tenant_metered_packets_total",
          Map.of("tenant", t.tenant(), "meter", "bandwidth"),
          t.bandwidthPackets());
      sample(
          "directfaas_tenant_metered_packets_total",
          Map.of("tenant", t.tenant(), "meter", "arp"),
          t.arpPackets());
    }
  }

  private void edges(List<EdgeCount> edges) {
    family("directfaas_edge_packets_total", "counter", "Packets carried, by edge.");
    for (EdgeCount e : edges) {
      sample("directfaas_edge_packets_total", labels(e, "forward"), e.forward().packets());
      sample("directfaas_edge_packets_total", labels(e, "reply"), e.reply().packets());
    }
    family("directfaas_edge_bytes_total", "counter", "Bytes carried, by edge.");
    for (EdgeCount e : edges) {
      sample("directfaas_edge_bytes_total", labels(e, "forward"), e.forward().bytes());
      sample("directfaas_edge_bytes_total", labels(e, "reply"), e.reply().bytes());
    }
  }

  private void drops(List<DropCount> drops) {
    family("directfaas_dropped_packets_total", "counter", "Packets dropped, by reason.");
    for (DropCount drop : drops) {
      sample("directfaas_dropped_packets_total", Map.of("reason", drop.reason()), drop.packets());
    }
    family("directfaas_dropped_bytes_total", "counter", "Bytes dropped, by reason.");
    for (DropCount drop : drops) {
      sample("directfaas_dropped_bytes_total", Map.of("reason", drop.reason()), drop.bytes());
    }
  }

  private static Map<String, String> labels(EdgeCount edge, String direction) {
    return Map.of("caller", edge.caller(), "callee", edge.callee(), "direction", direction);
  }

  private void gauge(String name, String help, boolean value) {
    family(name, "gauge", help);
    sample(name, Map.of(), value ? 1 : 0);
  }

  private void family(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /** Label values are DNS labels, slashes and words of ours: nothing that would need escaping. */
  private void sample(String name, Map<String, String> labels, long value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append(
          labels.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(e -> e.getKey() + "=\"" + e.getValue() + "\"")
              .collect(Collectors.joining(",", "{", "}")));
    }
    text.append(' ').append(value).append('\n');
  }
}
