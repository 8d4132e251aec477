package io.directfaas.sdn.sight;

import io.directfaas.sdn.sync.FabricStatus;
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
    Collection<String> waitingForPort,
    Collection<String> ambiguousAddresses,
    String lastError) {

  record SwitchView(
      String dpid,
      boolean connected,
      String role,
      long syncedRevision,
      int flows,
      long foreignFlowsRemoved,
      long flowsWritten,
      long flowsDeleted) {}

  static StatusView of(FabricStatus status, boolean graphConnected, long revision) {
    Map<String, Integer> ports = new TreeMap<>();
    status.ports().forEach((replica, port) -> ports.put(replica, port.number()));
    SwitchView only =
        new SwitchView(
            status.dpid(),
            status.connected(),
            // No role was asked for: on the management socket there is no other controller.
            "equal",
            status.syncedRevision(),
            status.flows(),
            status.counters().foreignFlowsRemoved(),
            status.counters().flowsWritten(),
            status.counters().flowsDeleted());
    return new StatusView(
        List.of(only),
        graphConnected,
        revision,
        status.portsKnown(),
        ports,
        status.waitingForPort(),
        status.ambiguousAddresses(),
        status.lastError());
  }
}
