package io.directfaas.gateway.api;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a caller wants to wait: seconds, or a Go duration of one unit. */
final class WaitTime {
  private static final Duration MOST = Duration.ofMinutes(10);
  private static final Pattern FORM = Pattern.compile("([0-9]{1,7})(ms|s|m)?");

  private WaitTime() {}

  static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      String unit = matcher.group(2) == null ? "s" : matcher.group(2);
      Duration duration =
          switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofSeconds(number);
          };
      if (duration.compareTo(MOST) <= 0) {
        return duration;
      }
    }
    throw ApiException.invalid(
        "wait", "'" + text + "' is not a duration of at most 10m, such as 30s or 500ms");
  }
}
