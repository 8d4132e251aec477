package io.directfaas.standalone.node.function;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kubernetes resource quantities, such as {@code 64Mi}, {@code 0.5} and {@code 100m}. */
final class Quantity {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?");
  private static final Map<String, BigDecimal> FACTORS =
      Map.of(
          "m", new BigDecimal("0.001"),
          "k", BigDecimal.valueOf(1_000L),
          "M", BigDecimal.valueOf(1_000_000L),
          "G", BigDecimal.valueOf(1_000_000_000L),
          "T", BigDecimal.valueOf(1_000_000_000_000L),
          "Ki", BigDecimal.valueOf(1L << 10),
          "Mi", BigDecimal.valueOf(1L << 20),
          "Gi", BigDecimal.valueOf(1L << 30),
          "Ti", BigDecimal.valueOf(1L << 40));

  private Quantity() {}

  /** In thousandths of its unit, rounded up; empty if it is none, or not above zero. */
  static Optional<Long> milli(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    BigDecimal factor =
        matcher.group(2) == null
            ? BigDecimal.ONE
            : FACTORS.getOrDefault(matcher.group(2), BigDecimal.ONE);
    BigDecimal value =
        new BigDecimal(matcher.group(1))
            .multiply(factor)
            .movePointRight(3)
            .setScale(0, RoundingMode.UP);
    return value.signum() > 0 && value.unscaledValue().bitLength() < 63
        ? Optional.of(value.longValue())
        : Optional.empty();
  }

  /** In units, such as bytes, rounded up. */
  static Optional<Long> units(String text) {
    return milli(text).map(milli -> (milli + 999) / 1000);
  }
}
