package io.directfaas.gateway.api;

import java.io.IOException;
import java.io.OutputStream;

/** Writes numbers that are not negative, without a string for each. Not for several threads. */
final class Decimal {
  private static final int MOST_DIGITS = 19;

  private final byte[] digits = new byte[MOST_DIGITS];

  void write(long number, OutputStream out) throws IOException {
    int at = MOST_DIGITS;
    long rest = number;
    do {
      digits[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    out.write(digits, at, MOST_DIGITS - at);
  }

  /** How many digits the number has. */
  static long length(long number) {
    int length = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      length++;
    }
    return length;
  }
}
