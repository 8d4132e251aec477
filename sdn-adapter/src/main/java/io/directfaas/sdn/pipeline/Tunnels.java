package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.U64;

/**
 * Table 0, for what comes from other nodes. The source function's id travels as the VNI, and only
 * the nodes that host the function may send it. From there on a packet is looked at as one of a
 * port here: the edge is checked a second time, so that a revoke holds as soon as either node has
 * it.
 *
 * <p>The tenant's meter has counted the packet where it came from. It cannot leave through the
 * tunnel again, since a switch sends nothing back to its port unless told to in so many words.
 */
final class Tunnels implements Feature {
  private static final int HOSTED_THERE = 200;
  private static final int FORGED = 150;
  private static final int ALREADY_METERED = 200;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    if (!view.site().hasTunnel()) {
      return;
    }
    for (FabricView.RemoteSource source : view.remoteSources()) {
      flows.add(
          Table.INGRESS,
          HOSTED_THERE,
          fromTunnel(view, Of.ipv4())
              .setExact(MatchField.VLAN_VID, OFVlanVidMatch.UNTAGGED)
              .setExact(MatchField.TUNNEL_IPV4_SRC, Of.ip(source.node()))
              .setExact(MatchField.TUNNEL_ID, U64.of(source.functionId()))
              .build(),
          new Cookie(FlowKind.TUNNEL_SOURCE, source.functionId()),
          List.of(
              Of.writeMetadata(
                  Metadata.sourceAndTenant(source.functionId(), source.tenantId()),
                  Metadata.SOURCE_AND_TENANT_MASK),
              Of.go(Table.DESTINATION)));
    }
    flows.drop(
        Table.INGRESS,
        FORGED,
        fromTunnel(view, Of.F.buildMatch()).build(),
        FlowKind.DROP_UNEXPECTED_TUNNEL,
        0);
    flows.add(
        Table.METER,
        ALREADY_METERED,
        fromTunnel(view, Of.F.buildMatch()).build(),
        new Cookie(FlowKind.METER, 0),
        List.of(Of.go(Table.FORWARD)));
  }

  private static Match.Builder fromTunnel(FabricView view, Match.Builder match) {
    return match.setExact(MatchField.IN_PORT, Of.port(view.site().tunnelPort()));
  }
}
