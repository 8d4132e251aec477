package io.directfaas.standalone.node.net;

import io.directfaas.standalone.config.Layout;

/**
 * What makes and unmakes a replica's network, as one shell script: a process for each step would
 * take longer than the steps. Pure text; every value in it is a number of ours or a DNS label.
 */
final class NetworkScript {
  /** Where a function finds its sidecar; link-local, so that it can mean nothing else. */
  static final String GATEWAY = ReplicaNetwork.GATEWAY;

  /** Where functions listen. */
  private static final int FUNCTION_PORT = 8080;

  static final int GATEWAY_PORT = 8080;

  /** The sidecar's listener for the function's calls. */
  static final int OUTBOUND_PORT = 15001;

  static final int MTU = 1500;

  private NetworkScript() {}

  static String create(Layout layout, String replicaId, Slot slot) {
    String namespace = layout.replicaNamespace(replicaId);
    return """
    set -e
    ip -n %1$s link del %3$s 2>/dev/null || true
    ip -batch - <<'EOF'
    netns add %2$s
    link add %3$s netns %1$s mtu %5$d type veth peer name eth0 netns %2$s address %4$s mtu %5$d
    EOF
    ip -n %1$s link set %3$s up
    nsenter --net=%6$s -- sh -s <<'INSIDE'
    set -e
    cd /proc/sys/net
    echo 1 >ipv6/conf/all/disable_ipv6
    echo 1 >ipv6/conf/default/disable_ipv6
    echo 1024 >ipv4/ip_unprivileged_port_start
    echo '1 0' >ipv4/ping_group_range
    echo 1 >ipv4/conf/all/arp_ignore
    nft -f - <<'EOF'
    %7$sEOF
    ip -batch - <<'EOF'
    link set lo up
    addr add %8$s/32 dev lo
    addr add %9$s/32 dev eth0
    link set eth0 up
    route add %10$s dev eth0 src %9$s
    EOF
    INSIDE
    """
        .formatted(
            layout.fabricNamespace(),
            namespace,
            slot.fabricInterface(),
            slot.mac(),
            MTU,
            Layout.namespaceFile(namespace),
            filter(slot),
            GATEWAY,
            slot.ip(),
            // As a route, not as the address's own network: of addresses in that, glibc prefers
            // those that share most bits with it (RFC 6724 rule 9), so each caller would call the
            // same replica again and again.
            Slot.NETWORK);
  }

  /**
   * The replica's packet filter. Only the sidecar's user, and the function's where it is let out,
   * may open a connection to the fabric. A connection is opened by a bare SYN, so nothing needs to
   * be tracked on eth0, and a flood from there cannot fill a table; what carries no uid, such as
   * the kernel's own RST and the last ACK of a closed socket, passes as part of a connection that
   * was allowed.
   */
  static String filter(Slot slot) {
    return """
    table ip directfaas {
      counter undeclared { }
      chain untracked_in {
        type filter hook prerouting priority raw; policy accept;
        iifname "eth0" notrack
      }
      chain untracked_out {
        type filter hook output priority raw; policy accept;
        oifname "eth0" notrack
      }
      chain gateway {
        type nat hook output priority -100; policy accept;
        ip daddr %s tcp dport %d redirect to :%d
      }
      chain outgoing {
        type filter hook output priority filter; policy drop;
    %s  }
    }
    """
        .formatted(
            GATEWAY,
            GATEWAY_PORT,
            OUTBOUND_PORT,
            outgoing(slot, false).indent(4).stripTrailing() + "\n");
  }

  /** Replaces who may open connections, in one step. */
  static String letOut(Slot slot, boolean out) {
    return """
    flush chain ip directfaas outgoing
    table ip directfaas {
      chain outgoing {
    %s  }
    }
    """
        .formatted(outgoing(slot, out).indent(4));
  }

  /**
   * A function that is let out sends TCP to wherever the fabric takes it, which is along its edges.
   * One that is not only answers: what is left of connections it once opened is reset, since they
   * could carry calls for as long as they like.
   */
  private static String outgoing(Slot slot, boolean out) {
    String function =
        out
            ? "meta skuid %d meta l4proto tcp accept\n".formatted(slot.functionUid())
            : "meta skuid %d tcp flags & (syn | rst) == 0 tcp sport != %d counter name undeclared reject with tcp reset\n"
                .formatted(slot.functionUid(), FUNCTION_PORT);
    return """
    oifname "lo" accept
    meta skuid %d accept
    %stcp flags & (syn | ack) == syn counter name undeclared drop
    meta l4proto tcp accept
    counter name undeclared drop
    """
        .formatted(slot.sidecarUid(), function);
  }

  static String delete(Layout layout, Slot slot) {
    // The veth first: a namespace's interfaces go some time after the namespace does, and the next
    // user of the slot needs the name.
    return "ip -n %s link del %s 2>/dev/null || true\n"
        .formatted(layout.fabricNamespace(), slot.fabricInterface());
  }
}
