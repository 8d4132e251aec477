package io.directfaas.sdn.sight;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.projectfloodlight.openflow.protocol.OFPacketIn;

/**
 * A packet that a flow of ours dropped and showed us.
 *
 * @param reason why it was dropped
 * @param functionId whose port it came from
 * @param mac the hardware address it carries as its sender's
 * @param protocol tcp, udp, arp, icmp, or the number of another
 * @param source the network address it carries as its sender's
 * @param destination where it was to go, or whom it asked for
 * @param port the destination's TCP or UDP port; 0 for none
 * @param opens whether it begins something, as a SYN does, and not goes on with it
 */
record DeniedPacket(
    FlowKind reason,
    int functionId,
    MacAddress mac,
    String protocol,
    Ipv4 source,
    Ipv4 destination,
    int port,
    boolean opens) {
  private static final int ETHERNET_HEADER = 14;
  private static final int IPV4 = 0x0800;
  private static final int ARP = 0x0806;
  private static final int ARP_LENGTH = 28;
  private static final int IPV4_LENGTH = 20;
  private static final int SYN_ACK_RST = 0x02 | 0x10 | 0x04;
  private static final int SYN = 0x02;

  /**
   * Empty if it is no drop of ours, or nothing can be read in it: whoever sent it wrote its bytes,
   * so nothing about them can be relied on.
   */
  static Optional<DeniedPacket> read(OFPacketIn message) {
    return Cookie.parse(message.getCookie())
        .filter(cookie -> cookie.kind().isDrop())
        .flatMap(cookie -> read(cookie, ByteBuffer.wrap(message.getData())));
  }

  static Optional<DeniedPacket> read(Cookie cookie, ByteBuffer frame) {
    if (frame.limit() < ETHERNET_HEADER) {
      return Optional.empty();
    }
    MacAddress mac = new MacAddress(frame.getLong(4) & 0xffff_ffff_ffffL);
    int type = frame.getShort(12) & 0xffff;
    ByteBuffer packet = frame.slice(ETHERNET_HEADER, frame.limit() - ETHERNET_HEADER);
    if (type == ARP && packet.limit() >= ARP_LENGTH) {
      return Optional.of(
          new DeniedPacket(
              cookie.kind(),
              cookie.objectId(),
              mac,
              "arp",
              new Ipv4(packet.getInt(14)),
              new Ipv4(packet.getInt(24)),
              0,
              packet.getShort(6) == 1));
    }
    return type == IPV4 && packet.limit() >= IPV4_LENGTH
        ? Optional.of(ipv4(cookie, mac, packet))
        : Optional.empty();
  }

  private static DeniedPacket ipv4(Cookie cookie, MacAddress mac, ByteBuffer packet) {
    int number = packet.get(9) & 0xff;
    int header = (packet.get(0) & 0xf) * 4;
    boolean firstFragment = (packet.getShort(6) & 0x1fff) == 0;
    boolean hasPorts =
        (number == 6 || number == 17) && firstFragment && packet.limit() >= header + 4;
    boolean hasFlags = hasPorts && number == 6 && packet.limit() >= header + 14;
    return new DeniedPacket(
        cookie.kind(),
        cookie.objectId(),
        mac,
        switch (number) {
          case 1 -> "icmp";
          case 6 -> "tcp";
          case 17 -> "udp";
          default -> "protocol " + number;
        },
        new Ipv4(packet.getInt(12)),
        new Ipv4(packet.getInt(16)),
        hasPorts ? packet.getShort(header + 2) & 0xffff : 0,
        number != 6 || (hasFlags && (packet.get(header + 13) & SYN_ACK_RST) == SYN));
  }

  /** What was tried, in words: {@code tcp 10.88.0.4:9090}. */
  String attempt() {
    return protocol + " " + destination + (port == 0 ? "" : ":" + port);
  }
}
