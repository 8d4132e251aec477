package io.directfaas.sdn.sync;

import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Meter;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.action.OFActionOutput;
import org.projectfloodlight.openflow.protocol.action.OFActionSetField;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionApplyActions;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionGotoTable;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionMeter;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionWriteMetadata;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.IpProtocol;
import org.projectfloodlight.openflow.types.Masked;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.OFValueType;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U16;
import org.projectfloodlight.openflow.types.U64;

/** What is meant, in the words that {@code src/test/osken/read.py} uses for what was sent. */
final class FlowText {
  /** Where the two codecs call a field by different names. */
  private static final Map<String, String> NAMES =
      Map.of(
          "tunnel_ipv4_src", "tun_ipv4_src",
          "tunnel_ipv4_dst", "tun_ipv4_dst",
          "ovs_tcp_flags", "tcp_flags");

  private FlowText() {}

  static String add(Flow flow) {
    return "flow_mod add "
        + key(flow.key(), Long.toHexString(flow.cookie().toU64().getValue()))
        + " then=["
        + flow.instructions().stream().map(FlowText::instruction).collect(Collectors.joining(" "))
        + "]";
  }

  static String delete(Flow.Key key) {
    return "flow_mod delete_strict " + key(key, "0") + " then=[]";
  }

  static String put(String command, Meter meter) {
    return "meter_mod %s meter=%d flags=[%s,burst,stats] bands=[drop rate=%d burst=%d]"
        .formatted(
            command,
            meter.id(),
            meter.unit() == Meter.Unit.KBPS ? "kbps" : "pktps",
            meter.rate(),
            meter.burst());
  }

  private static String key(Flow.Key key, String cookie) {
    return "table=%d priority=%d cookie=0x%s/0x0 match=[%s]"
        .formatted(key.table().number(), key.priority(), cookie, match(key.match()));
  }

  private static String match(Match match) {
    TreeSet<String> fields = new TreeSet<>();
    for (MatchField<?> field : match.getMatchFields()) {
      fields.add(name(field) + "=" + valueIn(match, field));
    }
    return String.join(",", fields);
  }

  private static <F extends OFValueType<F>> String valueIn(Match match, MatchField<F> field) {
    if (match.isExact(field)) {
      return value(match.get(field));
    }
    Masked<F> masked = match.getMasked(field);
    return value(masked.getValue()) + "/" + value(masked.getMask());
  }

  private static String name(MatchField<?> field) {
    return NAMES.getOrDefault(field.getName(), field.getName());
  }

  private static String value(OFValueType<?> value) {
    return switch (value) {
      case OFPort port -> Integer.toString(port.getPortNumber());
      case EthType type -> "0x" + Integer.toHexString(type.getValue());
      case IpProtocol protocol -> Integer.toString(protocol.getIpProtocolNumber());
      case TransportPort port -> Integer.toString(port.getPort());
      case OFMetadata metadata -> "0x" + Long.toHexString(metadata.getValue().getValue());
      case ArpOpcode opcode -> Integer.toString(opcode.getOpcode());
      case OFVlanVidMatch vlan -> Integer.toString(vlan.getRawVid());
      case U16 flags -> "0x" + Integer.toHexString(flags.getValue());
      case U64 number -> Long.toUnsignedString(number.getValue());
      default -> value.toString();
    };
  }

  private static String instruction(OFInstruction instruction) {
    return switch (instruction) {
      case OFInstructionGotoTable go -> "goto(" + go.getTableId().getValue() + ")";
      case OFInstructionMeter meter -> "meter(" + meter.getMeterId() + ")";
      case OFInstructionWriteMetadata write ->
          "write_metadata(0x%x/0x%x)"
              .formatted(write.getMetadata().getValue(), write.getMetadataMask().getValue());
      case OFInstructionApplyActions apply ->
          apply.getActions().stream()
              .map(FlowText::action)
              .collect(Collectors.joining(",", "apply(", ")"));
      default -> throw new IllegalArgumentException(instruction.toString());
    };
  }

  private static String action(OFAction action) {
    return switch (action) {
      case OFActionOutput output ->
          "output(" + port(output.getPort()) + "," + output.getMaxLen() + ")";
      case OFActionSetField set ->
          "set(%s=%s)"
              .formatted(name(set.getField().getMatchField()), value(set.getField().getValue()));
      default -> throw new IllegalArgumentException(action.toString());
    };
  }

  private static String port(OFPort port) {
    if (port.equals(OFPort.CONTROLLER)) {
      return "controller";
    }
    return port.equals(OFPort.IN_PORT) ? "in_port" : Integer.toString(port.getPortNumber());
  }
}
