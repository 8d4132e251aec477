package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.match.MatchField;

/**
 * Table 5: out of the destination's port, or through the tunnel to the node that hosts it, with its
 * hardware address; what the sender took for it is not trusted. The sender's own address stays: it
 * was checked.
 */
final class Forwarding implements Feature {
  private static final int KNOWN = 100;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (FabricView.Reachable r : view.reachable()) {
      flows.add(
          Table.FORWARD,
          KNOWN,
          Of.metadata(Of.ipv4(), Metadata.tenant(r.tenantId()), Metadata.TENANT_MASK)
              .setExact(MatchField.IPV4_DST, Of.ip(r.target().replica().ip()))
              .build(),
          new Cookie(FlowKind.FORWARD, r.target().functionId()),
          List.of(Of.apply(towards(r.target(), view.site().tunnelPort()))));
    }
    flows.drop(Table.FORWARD, 0, Of.any(), FlowKind.DROP_UNREACHABLE, 0);
  }

  private static OFAction[] towards(Placed target, int tunnelPort) {
    OFAction address = Of.set(Of.F.oxms().ethDst(Of.mac(target.replica().mac())));
    return switch (target) {
      case Plugged here -> new OFAction[] {address, Of.output(Of.port(here.portNumber()))};
      case Remote there ->
          new OFAction[] {
            address,
            Of.set(Of.F.oxms().tunnelIpv4Dst(Of.ip(there.node()))),
            Of.output(Of.port(tunnelPort))
          };
    };
  }
}
