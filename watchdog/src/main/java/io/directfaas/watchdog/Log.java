package io.directfaas.watchdog;

import java.time.LocalDateTime;

/** Lines on stderr, dated as OpenFaaS's watchdog dates them. */
public final class Log {
  private Log() {}

  public static void line(String text) {
    LocalDateTime now = LocalDateTime.now();
    StringBuilder line = new StringBuilder(32 + text.length());
    line.append(now.getYear()).append('/');
    two(line, now.getMonthValue()).append('/');
    two(line, now.getDayOfMonth()).append(' ');
    two(line, now.getHour()).append(':');
    two(line, now.getMinute()).append(':');
    two(line, now.getSecond()).append(' ');
    System.err.println(line.append(text));
  }

  private static StringBuilder two(StringBuilder line, int number) {
    return line.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
