package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.U64;

/**
 * Table 0: the port says who sends. Only a packet with the replica's own hardware and network
 * address goes on, marked with its function and tenant.
 */
final class SpoofGuard implements Feature {
  private static final int OWN = 200;
  private static final int FORGED = 150;
  private static final int OTHER_PROTOCOL = 100;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (Plugged p : view.plugged()) {
      var mark =
          Of.writeMetadata(
              Metadata.sourceAndTenant(p.functionId(), p.tenantId()),
              Metadata.SOURCE_AND_TENANT_MASK);
      flows.add(
          Table.INGRESS,
          OWN,
          from(p, Of.ipv4()).setExact(MatchField.IPV4_SRC, Of.ip(p.replica().ip())).build(),
          new Cookie(FlowKind.SOURCE, p.functionId()),
          view.site().hasTunnel()
              ? List.of(Of.apply(vni(p)), mark, Of.go(Table.DESTINATION))
              : List.of(mark, Of.go(Table.DESTINATION)));
      flows.add(
          Table.INGRESS,
          OWN,
          from(p, Of.arp())
              .setExact(MatchField.ARP_OP, ArpOpcode.REQUEST)
              .setExact(MatchField.ARP_SPA, Of.ip(p.replica().ip()))
              .setExact(MatchField.ARP_SHA, Of.mac(p.replica().mac()))
              .build(),
          new Cookie(FlowKind.ARP_REQUEST, p.functionId()),
          List.of(mark, Of.go(Table.ARP_TARGET)));

      forged(flows, p, Of.ipv4());
      forged(flows, p, Of.arp());
      flows.drop(
          Table.INGRESS,
          OTHER_PROTOCOL,
          Of.F.buildMatch().setExact(MatchField.IN_PORT, Of.port(p.portNumber())).build(),
          FlowKind.DROP_UNSUPPORTED,
          p.functionId());
    }
    flows.drop(Table.INGRESS, 0, Of.any(), FlowKind.DROP_UNKNOWN_PORT, 0);
  }

  /** For the other end of a tunnel, should the packet take one. */
  private static OFAction vni(Plugged p) {
    return Of.set(Of.F.oxms().tunnelId(U64.of(p.functionId())));
  }

  /** Untagged, because a tag would travel to the destination unchecked. */
  private static Match.Builder from(Plugged p, Match.Builder match) {
    return match
        .setExact(MatchField.IN_PORT, Of.port(p.portNumber()))
        .setExact(MatchField.VLAN_VID, OFVlanVidMatch.UNTAGGED)
        .setExact(MatchField.ETH_SRC, Of.mac(p.replica().mac()));
  }

  private static void forged(FlowSink flows, Plugged p, Match.Builder match) {
    flows.dropAndSample(
        Table.INGRESS,
        FORGED,
        match.setExact(MatchField.IN_PORT, Of.port(p.portNumber())).build(),
        FlowKind.DROP_SPOOFED,
        p.functionId(),
        p.tenantId());
  }
}
