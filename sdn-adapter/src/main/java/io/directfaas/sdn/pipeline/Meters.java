package io.directfaas.sdn.pipeline;

import java.util.List;

/**
 * Table 4: where a tenant's bandwidth is limited. No tenant has a limit yet, so everything passes;
 * a table of its own because deleting a meter deletes the flows that use it, and here that costs
 * the limit, while elsewhere it would cost the connection.
 */
final class Meters implements Feature {
  @Override
  public void contribute(FabricView view, FlowSink flows) {
    flows.add(
        Table.METER, 0, Of.any(), new Cookie(FlowKind.METER, 0), List.of(Of.go(Table.FORWARD)));
  }
}
