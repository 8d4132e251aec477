package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.TransportPort;

/** Table 2: an edge of the graph, towards the callee's TCP port and no other. */
final class Edges implements Feature {
  private static final int DECLARED = 200;
  private static final OFMetadata EDGE_MASK = OFMetadata.of(Metadata.EDGE_MASK);
  private static final List<OFInstruction> ON = List.of(Of.go(Table.METER));

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (FabricView.CarriedEdge edge : view.edges()) {
      for (int tcpPort : edge.tcpPorts()) {
        flows.add(
            Table.EDGE,
            DECLARED,
            Of.match(
                Of.IS_IPV4,
                Of.IS_TCP,
                Of.F.oxms()
                    .metadataMasked(
                        OFMetadata.of(Metadata.edge(edge.callerId(), edge.calleeId())), EDGE_MASK),
                Of.F.oxms().tcpDst(TransportPort.of(tcpPort))),
            new Cookie(FlowKind.EDGE, edge.callerId()),
            ON);
      }
    }
  }
}
