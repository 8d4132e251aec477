package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.TransportPort;

/** Table 2: an edge of the graph, towards the callee's TCP port and no other. */
final class Edges implements Feature {
  private static final int DECLARED = 200;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (FabricView.CarriedEdge edge : view.edges()) {
      for (int tcpPort : edge.tcpPorts()) {
        flows.add(
            Table.EDGE,
            DECLARED,
            Of.metadata(
                    Of.tcp(), Metadata.edge(edge.callerId(), edge.calleeId()), Metadata.EDGE_MASK)
                .setExact(MatchField.TCP_DST, TransportPort.of(tcpPort))
                .build(),
            new Cookie(FlowKind.EDGE, edge.callerId()),
            List.of(Of.go(Table.METER)));
      }
    }
  }
}
