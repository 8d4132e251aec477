package io.directfaas.standalone.node.net;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import java.util.Optional;

/**
 * A replica's place on this node. All its addresses and users follow from one number, so that no
 * table of them has to be kept.
 *
 * @param number 2 to 65534
 */
public record Slot(int number) {
  public static final int FIRST = 2;
  public static final int LAST = 0xfffe;

  /** The ingress has a place of its own. */
  public static final Slot INGRESS = new Slot(FIRST);

  /** The network that all addresses are of. */
  static final String NETWORK = "10.88.0.0/16";

  private static final Ipv4 FABRIC = Ipv4.parse("10.88.0.0");
  private static final long MACS = 0x02df_0000_0000L;
  private static final int USERS = 210_000;
  private static final int RESOLVERS = 400_000;

  /**
   * @throws IllegalArgumentException if out of range
   */
  public Slot {
    if (number < FIRST || number > LAST) {
      throw new IllegalArgumentException(number + " is not a slot");
    }
  }

  /** The slot that has this address, if it is one of the fabric's. */
  public static Optional<Slot> of(Ipv4 ip) {
    int number = ip.bits() - FABRIC.bits();
    return number >= FIRST && number <= LAST ? Optional.of(new Slot(number)) : Optional.empty();
  }

  public Ipv4 ip() {
    return FABRIC.plus(number);
  }

  public MacAddress mac() {
    return new MacAddress(MACS | number);
  }

  /** User and group of the sidecar. */
  public int sidecarUid() {
    return USERS + 2 * number;
  }

  /** User and group of the function. */
  public int functionUid() {
    return sidecarUid() + 1;
  }

  /** User and group of the resolver: it parses what the function sends and may do nothing else. */
  public int resolverUid() {
    return RESOLVERS + number;
  }

  /**
   * The fabric's end of the replica's veth. Interface names have at most 15 characters (IFNAMSIZ)
   * and need to be unique only in the fabric's namespace, which each stack has for itself.
   */
  public String fabricInterface() {
    return "slot" + number;
  }
}
