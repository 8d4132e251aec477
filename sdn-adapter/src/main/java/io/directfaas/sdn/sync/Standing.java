package io.directfaas.sdn.sync;

import io.directfaas.sdn.openflow.FlowDump;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.pipeline.Table;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFMeterConfig;

/**
 * What stands in a switch, whoever wrote it.
 *
 * @param meters every meter
 * @param flows those of our tables that could be read
 * @param unreadable the tables of which something could not; none of their flows are in {@code
 *     flows}
 */
record Standing(List<OFMeterConfig> meters, List<ObservedFlow> flows, Set<Table> unreadable) {

  /**
   * Asks the switch; changes nothing.
   *
   * @throws OpenFlowException if it does not answer
   */
  static Standing read(OpenFlowSession session) throws OpenFlowException, InterruptedException {
    List<OFMeterConfig> meters = session.dumpMeters();
    List<ObservedFlow> flows = new ArrayList<>();
    Set<Table> unreadable = EnumSet.noneOf(Table.class);
    for (Table table : Table.ALL) {
      FlowDump dump = session.dumpFlows(table.id());
      if (dump.complete()) {
        dump.entries().forEach(entry -> flows.add(ObservedFlow.of(table, entry)));
      } else {
        unreadable.add(table);
      }
    }
    return new Standing(meters, flows, unreadable);
  }
}
