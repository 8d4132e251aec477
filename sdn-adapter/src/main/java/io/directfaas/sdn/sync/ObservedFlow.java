package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Table;
import java.util.List;
import org.projectfloodlight.openflow.protocol.OFFlowStatsEntry;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.types.U64;

/**
 * A flow as the switch reports it.
 *
 * @param permanent whether it stays until someone deletes it, as all of ours do
 */
public record ObservedFlow(
    Flow.Key key,
    List<OFInstruction> instructions,
    U64 cookie,
    boolean permanent,
    long packets,
    long bytes) {

  static ObservedFlow of(Table table, OFFlowStatsEntry entry) {
    return new ObservedFlow(
        new Flow.Key(table, entry.getPriority(), entry.getMatch()),
        entry.getInstructions(),
        entry.getCookie(),
        entry.getIdleTimeout() == 0 && entry.getHardTimeout() == 0,
        entry.getPacketCount().getValue(),
        entry.getByteCount().getValue());
  }

  boolean isForeign() {
    return !Cookie.isOurs(cookie);
  }

  boolean is(Flow wanted) {
    return permanent
        && wanted.cookie().toU64().equals(cookie)
        && wanted.instructions().equals(instructions);
  }
}
