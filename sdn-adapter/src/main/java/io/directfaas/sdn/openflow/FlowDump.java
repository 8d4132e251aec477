package io.directfaas.sdn.openflow;

import java.util.List;
import org.projectfloodlight.openflow.protocol.OFFlowStatsEntry;

/**
 * What the switch says it holds.
 *
 * @param entries every flow that could be read
 * @param unparsedParts how many parts of the answer the codec could not read; each may hide up to
 *     64 KiB of flows, so unless this is 0 the entries are not all there is
 */
public record FlowDump(List<OFFlowStatsEntry> entries, int unparsedParts) {
  public boolean complete() {
    return unparsedParts == 0;
  }
}
