package io.directfaas.sdn.ovsdb;

/**
 * The tunnel of a node. All nodes must have the same type.
 *
 * @param type {@code geneve} or {@code vxlan}; empty for none
 * @param mtu the largest packet of a replica that passes the underlay inside the tunnel, in bytes
 */
public record TunnelConfig(String type, int mtu) {
  public static final TunnelConfig NONE = new TunnelConfig("", 0);

  /** Outer IPv4, UDP and tunnel header, and the inner Ethernet header; the same for both types. */
  public static final int OVERHEAD = 20 + 8 + 8 + 14;

  public TunnelConfig {
    if (!type.isEmpty() && !type.equals("geneve") && !type.equals("vxlan")) {
      throw new IllegalArgumentException(
          "tunnel type: \"" + type + "\" is neither geneve nor vxlan, nor empty for none");
    }
  }

  public boolean wanted() {
    return !type.isEmpty();
  }
}
