package io.directfaas.graph;

import java.util.regex.Pattern;

/**
 * An IPv4 address.
 *
 * @param bits the address in network order, as one signed 32-bit word
 */
public record Ipv4(int bits) implements Comparable<Ipv4> {
  private static final Pattern DOT = Pattern.compile("\\.");

  /**
   * Reads dotted decimal; never asks a resolver.
   *
   * @throws IllegalArgumentException if the text is anything but four decimal octets
   */
  public static Ipv4 parse(String text) {
    String[] octets = DOT.split(text, -1);
    int bits = 0;
    boolean valid = octets.length == 4;
    for (int i = 0; valid && i < 4; i++) {
      String octet = octets[i];
      valid =
          !octet.isEmpty()
              && octet.length() <= 3
              && octet.chars().allMatch(c -> c >= '0' && c <= '9');
      int value = valid ? Integer.parseInt(octet) : 0;
      valid = valid && value <= 255;
      bits = bits << 8 | value;
    }
    if (!valid) {
      throw new IllegalArgumentException("'" + text + "' is not an IPv4 address");
    }
    return new Ipv4(bits);
  }

  /**
   * Whether a host may carry it: not 0/8, loopback, link-local, multicast, reserved or broadcast.
   */
  public boolean isHostAddress() {
    int first = bits >>> 24;
    return first != 0 && first != 127 && first < 224 && bits >>> 16 != 0xa9fe;
  }

  public Ipv4 plus(int offset) {
    return new Ipv4(bits + offset);
  }

  @Override
  public int compareTo(Ipv4 other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return (bits >>> 24)
        + "."
        + (bits >>> 16 & 255)
        + "."
        + (bits >>> 8 & 255)
        + "."
        + (bits & 255);
  }
}
