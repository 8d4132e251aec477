package io.directfaas.sdn.sight;

import io.directfaas.sdn.sync.FabricStatus;
import io.directfaas.sdn.sync.SwitchStatus;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The answer of {@code GET /status}.
 *
 * @param graphConnected whether the graph's owner is heard
 * @param revision the revision last carried out
 * @param ports replica id to OpenFlow port
 * @param withoutLink replicas that are plugged in, but whose port carries nothing: no link
 * @param waitingForPort replicas of the graph that are not plugged in
 * @param ambiguousAddresses addresses that mean more than one replica to some tenant; those of
 *     other tenants are unreachable by it
 * @param lastError empty when all is right
 */
record StatusView(
    List<SwitchView> switches,
    boolean graphConnected,
    long revision,
    boolean portsKnown,
    Map<String, Integer> ports,
    Collection<String> withoutLink,
    Collection<String> waitingForPort,
    Collection<String> ambiguousAddresses,
    String lastError) {

  record SwitchView(
      String dpid,
      boolean connected,
      String role,
      long syncedRevision,
      int flows,
      String node,
      long foreignFlowsRemoved,
      long flowsWritten,
      long flowsDeleted,
      String lastError) {}

  static StatusView of(FabricStatus status, boolean graphConnected, long revision) {
    Map<String, Integer> ports = new TreeMap<>();
    status.ports().forEach((replica, port) -> ports.put(replica, port.number()));
    return new StatusView(
        status.switches().stream().map(StatusView::view).toList(),
        graphConnected,
        revision,
        status.portsKnown(),
        ports,
        status.withoutLink(),
        status.waitingForPort(),
        status.ambiguousAddresses(),
        status.lastError());
  }

  private static SwitchView view(SwitchStatus status) {
    return new SwitchView(
        status.dpid(),
        status.connected(),
        status.role(),
        status.syncedRevision(),
        status.flows(),
        status.node(),
        status.counters().foreignFlowsRemoved(),
        status.counters().flowsWritten(),
        status.counters().flowsDeleted(),
        status.lastError());
  }
}
