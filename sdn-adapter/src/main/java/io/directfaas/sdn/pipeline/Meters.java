package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.Tenant;
import java.util.List;

/**
 * Table 4: where a tenant's bandwidth is limited, after policy and before forwarding, so that it
 * counts what was let through, once, at the sender's switch. A table of its own because deleting a
 * meter deletes the flows that use it, and here that costs the limit, while elsewhere it would cost
 * the connection.
 *
 * <p>The other two meters of a tenant are used where their packets end: in {@link ArpResponder} and
 * by the flows that sample what they drop.
 */
final class Meters implements Feature {
  private static final int LIMITED = 100;
  private static final int FOR_ALL = 0;

  /** Far above what a kernel asks, far below what would keep the switch busy. */
  private static final int ARP_ANSWERS_PER_SECOND = 500;

  private static final int SAMPLES_PER_SECOND = 5;
  private static final int SAMPLES_AT_ONCE = 20;

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (Tenant tenant : view.sendingTenants()) {
      flows.add(
          new Meter(
              Meter.idOf(Meter.Purpose.ARP, tenant.id()),
              Meter.Unit.PACKETS,
              ARP_ANSWERS_PER_SECOND,
              ARP_ANSWERS_PER_SECOND));
      flows.add(
          new Meter(
              Meter.idOf(Meter.Purpose.SAMPLE, tenant.id()),
              Meter.Unit.PACKETS,
              SAMPLES_PER_SECOND,
              SAMPLES_AT_ONCE));
      Bandwidth bandwidth = tenant.bandwidth();
      if (bandwidth != null) {
        limit(tenant.id(), bandwidth, flows);
      }
    }
    flows.add(
        Table.METER,
        FOR_ALL,
        Of.any(),
        new Cookie(FlowKind.METER, 0),
        List.of(Of.go(Table.FORWARD)));
  }

  /** With a burst of one second of the rate: TCP got half of its rate out of a tenth. */
  private static void limit(int tenantId, Bandwidth bandwidth, FlowSink flows) {
    int meterId = Meter.idOf(Meter.Purpose.BANDWIDTH, tenantId);
    flows.add(new Meter(meterId, Meter.Unit.KBPS, bandwidth.kbps(), bandwidth.kbps()));
    flows.add(
        Table.METER,
        LIMITED,
        Of.metadata(Of.F.buildMatch(), Metadata.tenant(tenantId), Metadata.TENANT_MASK).build(),
        new Cookie(FlowKind.METER, tenantId),
        List.of(Of.meter(meterId), Of.go(Table.FORWARD)));
  }
}
