package io.directfaas.sdn.sight;

import io.directfaas.sdn.sync.FabricStatus;
import io.directfaas.sdn.sync.SwitchStatus;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Prometheus text exposition format, version 0.0.4. */
final class MetricsText {
  private static final double NANOS = 1e9;
  private final StringBuilder text = new StringBuilder();

  static String of(FabricStatus status, List<EdgeCount> edges, List<DropCount> drops) {
    MetricsText metrics = new MetricsText();
    metrics.status(status);
    metrics.edges(edges);
    metrics.drops(drops);
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
    family("directfaas_sdn_syncs_total", "counter", "Comparisons with the switch, by result.");
    sample("directfaas_sdn_syncs_total", Map.of("result", "ok"), c.syncs());
    sample("directfaas_sdn_syncs_total", Map.of("result", "failed"), c.failedSyncs());
    family("directfaas_sdn_sync_seconds", "summary", "Time of comparisons that ended well.");
    text.append("directfaas_sdn_sync_seconds_sum ").append(c.syncNanos() / NANOS).append('\n');
    text.append("directfaas_sdn_sync_seconds_count ").append(c.syncs()).append('\n');
    family("directfaas_sdn_flow_writes_total", "counter", "Flows written and deleted.");
    sample("directfaas_sdn_flow_writes_total", Map.of("op", "add"), c.flowsWritten());
    sample("directfaas_sdn_flow_writes_total", Map.of("op", "delete"), c.flowsDeleted());
    family("directfaas_sdn_foreign_flows_removed_total", "counter", "Flows that were not ours.");
    sample("directfaas_sdn_foreign_flows_removed_total", Map.of(), c.foreignFlowsRemoved());
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
