package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.OFPort;

/**
 * Tables 10 and 11: the switch answers ARP itself, and only for addresses that the asker's tenant
 * can reach. Two tables, because one flow per pair of asker and target would be quadratic; the
 * asker's addresses are known from its port, since table 0 has checked them.
 */
final class ArpResponder implements Feature {
  private static final int ANSWER = 100;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (FabricView.Reachable r : view.reachable()) {
      var targetIp = Of.ip(r.target().replica().ip());
      var targetMac = Of.mac(r.target().replica().mac());
      flows.add(
          Table.ARP_TARGET,
          ANSWER,
          Of.metadata(Of.arp(), Metadata.tenant(r.tenantId()), Metadata.TENANT_MASK)
              .setExact(MatchField.ARP_TPA, targetIp)
              .build(),
          new Cookie(FlowKind.ARP_ANSWER, r.target().functionId()),
          List.of(
              Of.apply(
                  Of.set(Of.F.oxms().arpOp(ArpOpcode.REPLY)),
                  Of.set(Of.F.oxms().ethSrc(targetMac)),
                  Of.set(Of.F.oxms().arpSha(targetMac)),
                  Of.set(Of.F.oxms().arpSpa(targetIp))),
              Of.go(Table.ARP_ASKER)));
    }
    for (Plugged p : view.plugged()) {
      var askerMac = Of.mac(p.replica().mac());
      flows.add(
          Table.ARP_ASKER,
          ANSWER,
          Of.arp().setExact(MatchField.IN_PORT, Of.port(p.portNumber())).build(),
          new Cookie(FlowKind.ARP_RETURN, p.functionId()),
          List.of(
              Of.meter(Meter.idOf(Meter.Purpose.ARP, p.tenantId())),
              Of.apply(
                  Of.set(Of.F.oxms().ethDst(askerMac)),
                  Of.set(Of.F.oxms().arpTha(askerMac)),
                  Of.set(Of.F.oxms().arpTpa(Of.ip(p.replica().ip()))),
                  Of.output(OFPort.IN_PORT))));
    }
    flows.drop(Table.ARP_ASKER, 0, Of.any(), FlowKind.DROP_UNREACHABLE, 0);
  }
}
