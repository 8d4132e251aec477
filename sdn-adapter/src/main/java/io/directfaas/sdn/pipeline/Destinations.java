package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.match.MatchField;

/**
 * Table 1: which function the destination address is, as the sender's tenant knows it. An address
 * of another tenant that no edge leads to does not exist here, before any edge is looked at.
 */
final class Destinations implements Feature {
  private static final int KNOWN = 100;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (FabricView.Reachable r : view.reachable()) {
      flows.add(
          Table.DESTINATION,
          KNOWN,
          Of.metadata(Of.ipv4(), Metadata.tenant(r.tenantId()), Metadata.TENANT_MASK)
              .setExact(MatchField.IPV4_DST, Of.ip(r.target().replica().ip()))
              .build(),
          new Cookie(FlowKind.DESTINATION, r.target().functionId()),
          List.of(
              Of.writeMetadata(
                  Metadata.destination(r.target().functionId()), Metadata.DESTINATION_MASK),
              Of.go(Table.EDGE)));
    }
  }
}
