package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Port;
import java.util.Map;
import java.util.Set;

/**
 * How one switch stands.
 *
 * @param node the node whose switch it is; empty where there is only one
 * @param dpid the switch's datapath id, as hexadecimal; empty when it was never connected
 * @param connected whether there is a session with the switch
 * @param role what this adapter is to the switch, in OpenFlow's words: equal, master or slave
 * @param portsKnown whether the database of ports is being followed
 * @param syncedRevision the revision the switch is known to carry; 0 for none
 * @param flows how many flows stand in our tables
 * @param ports replica id to port
 * @param withoutLink replicas that are plugged in, but whose port carries nothing: no link
 * @param waitingForPort replicas of the graph that are not plugged in
 * @param ambiguousAddresses addresses that mean more than one replica to some tenant
 * @param lastError why the switch is not right, or not known to be; empty when it is
 */
public record SwitchStatus(
    String node,
    String dpid,
    boolean connected,
    String role,
    boolean portsKnown,
    long syncedRevision,
    int flows,
    Map<String, Port> ports,
    Set<String> withoutLink,
    Set<String> waitingForPort,
    Set<String> ambiguousAddresses,
    String lastError,
    Counters counters) {

  /**
   * Since this process started.
   *
   * @param syncs runs that ended well, audits included
   * @param failedSyncs runs that did not
   * @param flowsWritten flows added or overwritten
   * @param flowsDeleted flows deleted
   * @param foreignFlowsRemoved flows found in our tables that we had not written
   * @param syncNanos time spent in runs that ended well
   * @param unparsedMessages messages of the switch that could not be read, in this session
   */
  public record Counters(
      long syncs,
      long failedSyncs,
      long flowsWritten,
      long flowsDeleted,
      long foreignFlowsRemoved,
      long syncNanos,
      long unparsedMessages) {
    static final Counters ZERO = new Counters(0, 0, 0, 0, 0, 0, 0);

    Counters plus(Counters other) {
      return new Counters(
          syncs + other.syncs,
          failedSyncs + other.failedSyncs,
          flowsWritten + other.flowsWritten,
          flowsDeleted + other.flowsDeleted,
          foreignFlowsRemoved + other.foreignFlowsRemoved,
          syncNanos + other.syncNanos,
          unparsedMessages + other.unparsedMessages);
    }
  }
}
