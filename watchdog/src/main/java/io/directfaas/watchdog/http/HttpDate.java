package io.directfaas.watchdog.http;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * The Date field (RFC 9110 section 6.6.1). By hand: a formatter would load the locale data, which
 * takes longer than the rest of the watchdog's start.
 */
final class HttpDate {
  private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

  private HttpDate() {}

  static String of(Instant instant) {
    OffsetDateTime t = instant.atOffset(ZoneOffset.UTC);
    return DAYS[t.getDayOfWeek().ordinal()]
        + ", "
        + two(t.getDayOfMonth())
        + ' '
        + MONTHS[t.getMonthValue() - 1]
        + ' '
        + t.getYear()
        + ' '
        + two(t.getHour())
        + ':'
        + two(t.getMinute())
        + ':'
        + two(t.getSecond())
        + " GMT";
  }

  private static String two(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
  }
}
