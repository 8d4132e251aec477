package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.types.TableId;

/** The tables of the pipeline. Their numbers are part of what a switch keeps over our restarts. */
public enum Table {
  INGRESS(0),
  DESTINATION(1),
  EDGE(2),
  REPLY(3),
  METER(4),
  FORWARD(5),
  ARP_TARGET(10),
  ARP_ASKER(11);

  public static final List<Table> ALL = List.of(values());

  private final TableId id;

  Table(int number) {
    this.id = TableId.of(number);
  }

  public TableId id() {
    return id;
  }

  public int number() {
    return id.getValue();
  }
}
