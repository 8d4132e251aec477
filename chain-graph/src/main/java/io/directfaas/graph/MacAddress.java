package io.directfaas.graph;

import java.util.regex.Pattern;

/**
 * A 48-bit Ethernet address.
 *
 * @param bits the address in the low 48 bits, first octet highest
 */
public record MacAddress(long bits) {
  private static final Pattern FORM = Pattern.compile("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");

  /**
   * Reads six colon-separated hexadecimal octets.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static MacAddress parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException("'" + text + "' is not a MAC address");
    }
    return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
  }

  /** Whether a station may carry it: neither zero nor a group address (IEEE 802, the I/G bit). */
  public boolean isStationAddress() {
    return bits != 0 && (bits >>> 40 & 1) == 0 && bits >>> 48 == 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      String octet = Long.toHexString(bits >>> shift & 0xff);
      text.append(octet.length() == 1 ? "0" : "").append(octet).append(shift == 0 ? "" : ":");
    }
    return text.toString();
  }
}
