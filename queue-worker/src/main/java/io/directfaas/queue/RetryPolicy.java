package io.directfaas.queue;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When a call is made again, by the {@code com.openfaas.retry.*} annotations of its function.
 *
 * @param attempts how often the function is tried at most, at least once
 * @param codes statuses after which it is tried again
 * @param minWait before the second try; doubled before each further one
 * @param maxWait the longest wait
 */
record RetryPolicy(int attempts, Set<Integer> codes, Duration minWait, Duration maxWait) {
  static final RetryPolicy DEFAULT =
      new RetryPolicy(
          10, Set.of(408, 429, 500, 502, 503, 504), Duration.ofSeconds(10), Duration.ofMinutes(2));

  private static final String PREFIX = "com.openfaas.retry.";
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)");
  private static final Pattern DURATION = Pattern.compile("(?:[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h))+");

  /** What cannot be read counts as not set: the deployment was accepted with it. */
  static RetryPolicy of(Map<String, String> annotations) {
    Duration minWait = duration(annotations.get(PREFIX + "min_wait"), DEFAULT.minWait);
    Duration maxWait = duration(annotations.get(PREFIX + "max_wait"), DEFAULT.maxWait);
    return new RetryPolicy(
        attempts(annotations.get(PREFIX + "attempts")),
        codes(annotations.get(PREFIX + "codes")),
        minWait,
        maxWait.compareTo(minWait) < 0 ? minWait : maxWait);
  }

  /**
   * @param tries how often it was tried, at least once
   */
  Duration waitAfter(int tries) {
    Duration wait = minWait.multipliedBy(1L << Math.clamp(tries - 1L, 0, 20));
    return wait.compareTo(maxWait) > 0 ? maxWait : wait;
  }

  private static int attempts(@Nullable String text) {
    if (text == null || !text.matches("[0-9]{1,4}")) {
      return DEFAULT.attempts;
    }
    return Math.max(1, Integer.parseInt(text));
  }

  private static Set<Integer> codes(@Nullable String text) {
    if (text == null || !text.matches("\\s*[0-9]{3}(\\s*,\\s*[0-9]{3})*\\s*")) {
      return DEFAULT.codes;
    }
    Set<Integer> codes = new TreeSet<>();
    Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).forEach(codes::add);
    return codes;
  }

  private static Duration duration(@Nullable String text, Duration otherwise) {
    if (text == null) {
      return otherwise;
    }
    if (text.matches("[0-9]{1,6}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    if (text.length() > 40 || !DURATION.matcher(text).matches()) {
      return otherwise;
    }
    BigDecimal millis = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long unit =
          switch (part.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            default -> 3_600_000;
          };
      millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    // a week is as good as never
    return Duration.ofMillis(millis.min(BigDecimal.valueOf(604_800_000L)).longValue());
  }
}
