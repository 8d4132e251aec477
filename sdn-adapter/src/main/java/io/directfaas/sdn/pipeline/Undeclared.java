package io.directfaas.sdn.pipeline;

import java.util.List;

/**
 * What no edge allows: dropped where it is found out, and counted per sending function. In table 10
 * an unanswered question for an address counts, too, since a sender without an answer never gets to
 * send the packet itself.
 */
final class Undeclared implements Feature {
  private static final int BY_SENDER = 1;
  private static final List<Table> TABLES =
      List.of(Table.DESTINATION, Table.EDGE, Table.REPLY, Table.ARP_TARGET);

  @Override
  public void contribute(FabricView view, FlowSink flows) {
    for (Table table : TABLES) {
      for (FabricView.Sender sender : view.senders()) {
        flows.dropAndSample(
            table,
            BY_SENDER,
            Of.metadata(
                    Of.F.buildMatch(), Metadata.source(sender.functionId()), Metadata.SOURCE_MASK)
                .build(),
            FlowKind.DROP_UNDECLARED,
            sender.functionId(),
            sender.tenantId());
      }
      flows.drop(table, 0, Of.any(), FlowKind.DROP_UNDECLARED, 0);
    }
  }
}
