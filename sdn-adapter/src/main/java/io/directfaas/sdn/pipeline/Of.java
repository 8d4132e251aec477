package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.sdn.openflow.OpenFlowSession;
import java.util.List;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFOxmList;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.protocol.oxm.OFOxm;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.IPv4Address;
import org.projectfloodlight.openflow.types.IpProtocol;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.U64;

/** Short names for the pieces of flows, so that a feature reads like the table it fills. */
final class Of {
  static final OFFactory F = OpenFlowSession.FACTORY;

  static final OFOxm<?> IS_IPV4 = F.oxms().ethType(EthType.IPv4);
  static final OFOxm<?> IS_TCP = F.oxms().ipProto(IpProtocol.TCP);

  private static final int SAMPLE_BYTES = 128;

  private Of() {}

  static IPv4Address ip(Ipv4 address) {
    return IPv4Address.of(address.bits());
  }

  static org.projectfloodlight.openflow.types.MacAddress mac(MacAddress address) {
    return org.projectfloodlight.openflow.types.MacAddress.of(address.bits());
  }

  static OFPort port(int number) {
    return OFPort.of(number);
  }

  /**
   * Of many flows of one sort: a builder makes its list of fields anew with each field it is given.
   */
  static Match match(OFOxm<?>... fields) {
    return F.buildMatchV3().setOxmList(OFOxmList.of(fields)).build();
  }

  static Match any() {
    return F.matchWildcardAll();
  }

  static Match.Builder ipv4() {
    return F.buildMatch().setExact(MatchField.ETH_TYPE, EthType.IPv4);
  }

  static Match.Builder tcp() {
    return ipv4().setExact(MatchField.IP_PROTO, IpProtocol.TCP);
  }

  static Match.Builder arp() {
    return F.buildMatch().setExact(MatchField.ETH_TYPE, EthType.ARP);
  }

  static Match.Builder metadata(Match.Builder match, U64 value, U64 mask) {
    return match.setMasked(MatchField.METADATA, OFMetadata.of(value), OFMetadata.of(mask));
  }

  static OFInstruction writeMetadata(U64 value, U64 mask) {
    return F.instructions().writeMetadata(value, mask);
  }

  static OFInstruction go(Table table) {
    return F.instructions().gotoTable(table.id());
  }

  static OFInstruction apply(OFAction... actions) {
    return F.instructions().applyActions(List.of(actions));
  }

  static OFInstruction meter(int id) {
    return F.instructions().meter(id);
  }

  /** So much of a packet as says who sent what to whom. */
  static OFAction toController() {
    return F.actions().output(OFPort.CONTROLLER, SAMPLE_BYTES);
  }

  static OFAction set(OFOxm<?> field) {
    return F.actions().setField(field);
  }

  static OFAction output(OFPort port) {
    // max_len only matters towards the controller; the switch reports 0 for other ports.
    return F.actions().output(port, 0);
  }
}
