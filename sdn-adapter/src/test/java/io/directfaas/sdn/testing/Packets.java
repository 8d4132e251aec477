package io.directfaas.sdn.testing;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;

/** Packets in the words of {@code ofproto/trace}. */
public final class Packets {
  private Packets() {}

  /**
   * @param inPort where it comes in
   * @param from whose addresses it carries
   * @param flags such as {@code syn} or {@code syn|ack}
   */
  public static String tcp(
      int inPort, Replica from, Ipv4 to, int sourcePort, int destinationPort, String flags) {
    return tcp(inPort, from.mac(), from.ip(), to, sourcePort, destinationPort, flags);
  }

  public static String tcp(
      int inPort,
      MacAddress mac,
      Ipv4 ip,
      Ipv4 to,
      int sourcePort,
      int destinationPort,
      String flags) {
    return "in_port=%d,tcp,dl_src=%s,dl_dst=02:00:00:00:00:99,nw_src=%s,nw_dst=%s,nw_ttl=64,tcp_src=%d,tcp_dst=%d,tcp_flags=%s"
        .formatted(inPort, mac, ip, to, sourcePort, destinationPort, flags);
  }

  public static String udp(int inPort, Replica from, Ipv4 to, int destinationPort) {
    return "in_port=%d,udp,dl_src=%s,dl_dst=02:00:00:00:00:99,nw_src=%s,nw_dst=%s,nw_ttl=64,udp_src=5353,udp_dst=%d"
        .formatted(inPort, from.mac(), from.ip(), to, destinationPort);
  }

  public static String arpRequest(int inPort, Replica from, Ipv4 target) {
    return "in_port=%d,arp,dl_src=%s,dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,arp_spa=%s,arp_tpa=%s,arp_sha=%s,arp_tha=00:00:00:00:00:00"
        .formatted(inPort, from.mac(), from.ip(), target, from.mac());
  }
}
