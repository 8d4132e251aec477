package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U16;

/**
 * The misses of table 2, and table 3: what runs against an edge is a reply if it cannot open a
 * connection. {@code +ack} alone would hold back a bare RST, and a client writing to a closed peer
 * would hang; hence {@code +rst-syn}. A bare SYN never passes. No connection is tracked, so there
 * is nothing to exhaust, and a revoked edge ends established connections, too.
 */
final class Replies implements Feature {
  private static final int MAY_BE_REPLY = 10;
  private static final int OF_EDGE = 200;
  private static final OFMetadata EDGE_MASK = OFMetadata.of(Metadata.EDGE_MASK);
  private static final List<OFInstruction> ON = List.of(Of.go(Table.METER));

  private static final U16 SYN_AND_RST = U16.of(0x006);
  private static final U16 RST = U16.of(0x004);
  private static final U16 ACK = U16.of(0x010);

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    mayBeReply(flows, ACK, ACK);
    mayBeReply(flows, RST, SYN_AND_RST);
    for (FabricView.CarriedEdge edge : view.edges()) {
      for (int tcpPort : edge.tcpPorts()) {
        flows.add(
            Table.REPLY,
            OF_EDGE,
            Of.match(
                Of.IS_IPV4,
                Of.IS_TCP,
                Of.F.oxms()
                    .metadataMasked(
                        OFMetadata.of(Metadata.edge(edge.calleeId(), edge.callerId())), EDGE_MASK),
                Of.F.oxms().tcpSrc(TransportPort.of(tcpPort))),
            new Cookie(FlowKind.REPLY, edge.calleeId()),
            ON);
      }
    }
  }

  private static void mayBeReply(FlowSink flows, U16 flags, U16 mask) {
    flows.add(
        Table.EDGE,
        MAY_BE_REPLY,
        Of.tcp().setMasked(MatchField.OVS_TCP_FLAGS, flags, mask).build(),
        new Cookie(FlowKind.REPLY_TEST, 0),
        List.of(Of.go(Table.REPLY)));
  }
}
