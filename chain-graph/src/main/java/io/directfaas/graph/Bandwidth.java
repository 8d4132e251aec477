package io.directfaas.graph;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much a tenant may send.
 *
 * @param kbps kilobits (1000 bits) per second, {@value #MIN_KBPS} to {@value #MAX_KBPS}
 */
public record Bandwidth(long kbps) {
  /**
   * A meter's bucket holds one second of the rate, and a segment that a sender's network card would
   * have cut passes the switch whole, with up to 64 KiB: less than this, and no such segment would
   * ever fit.
   */
  public static final long MIN_KBPS = 1000;

  /** What the 32-bit rate of an OpenFlow meter can say. */
  public static final long MAX_KBPS = 0xffff_ffffL;

  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,10}(?:\\.\\d{1,6})?)\\s*(kbit|mbit|gbit)", Pattern.CASE_INSENSITIVE);
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "kbit", BigDecimal.ONE,
          "mbit", BigDecimal.valueOf(1000),
          "gbit", BigDecimal.valueOf(1_000_000));

  public Bandwidth {
    if (kbps < MIN_KBPS || kbps > MAX_KBPS) {
      throw new IllegalArgumentException("is not between 1Mbit and 4294967295kbit");
    }
  }

  /**
   * Reads {@code 100Mbit}, {@code 1.5Gbit} or {@code 2500kbit}; the units are powers of 1000, as
   * with {@code tc}, and their case does not matter. What is finer than a kilobit is rounded off.
   *
   * @throws IllegalArgumentException if it is no bandwidth; the message says what is wrong with it
   */
  public static Bandwidth parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "is no bandwidth: a number and kbit, Mbit or Gbit, such as 100Mbit");
    }
    BigDecimal unit = UNITS.getOrDefault(matcher.group(2).toLowerCase(Locale.ROOT), BigDecimal.ONE);
    return new Bandwidth(new BigDecimal(matcher.group(1)).multiply(unit).longValue());
  }

  @Override
  public String toString() {
    if (kbps % 1_000_000 == 0) {
      return kbps / 1_000_000 + "Gbit";
    }
    return kbps % 1000 == 0 ? kbps / 1000 + "Mbit" : kbps + "kbit";
  }
}
