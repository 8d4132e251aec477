package io.directfaas.graph;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a setting of calls may be, and how it is written. Values are kept as numbers, in the unit
 * that each rule names.
 */
sealed interface SettingRule {
  /** In place of a value, where a setting can be switched off. */
  long OFF = 0;

  /**
   * @throws IllegalArgumentException if the text is no such value; the message goes on after it:
   *     "is no …"
   */
  long parse(String text);

  /** As it would be written. */
  String print(long value);

  /** Milliseconds. */
  record Time(Duration least, Duration most, String off) implements SettingRule {
    /** Where it cannot be switched off. */
    static final String NEVER = "";

    @Override
    public long parse(String text) {
      if (!off.isEmpty() && text.equals(off)) {
        return OFF;
      }
      try {
        Duration value = GoDuration.parse(text);
        if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
          return value.toMillis();
        }
      } catch (IllegalArgumentException e) {
        // Said below, with the bounds.
      }
      throw new IllegalArgumentException(
          "is no duration from "
              + print(least.toMillis())
              + " to "
              + print(most.toMillis())
              + ", such as 90s or 1m30s"
              + orOff(off));
    }

    @Override
    public String print(long millis) {
      if (millis == OFF) {
        return off;
      }
      if (millis % 3_600_000 == 0) {
        return millis / 3_600_000 + "h";
      }
      if (millis % 60_000 == 0) {
        return millis / 60_000 + "m";
      }
      return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
  }

  /** A whole number. */
  record Count(long least, long most, String off) implements SettingRule {
    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,9}");

    @Override
    public long parse(String text) {
      if (!off.isEmpty() && text.equals(off)) {
        return OFF;
      }
      if (DIGITS.matcher(text).matches()) {
        long value = Long.parseLong(text);
        if (value >= least && value <= most) {
          return value;
        }
      }
      throw new IllegalArgumentException(
          "is no whole number from " + least + " to " + most + orOff(off));
    }

    @Override
    public String print(long value) {
      return value == OFF && !off.isEmpty() ? off : Long.toString(value);
    }
  }

  /** Percent. */
  record Percentage(long least, long most) implements SettingRule {
    @Override
    public long parse(String text) {
      if (text.endsWith("%")) {
        try {
          return new Count(least, most, "").parse(text.substring(0, text.length() - 1).strip());
        } catch (IllegalArgumentException e) {
          // Said below, with the sign.
        }
      }
      throw new IllegalArgumentException(
          "is no whole percentage from " + print(least) + " to " + print(most));
    }

    @Override
    public String print(long value) {
      return value + "%";
    }
  }

  /** Hundredths. */
  record Ratio(long least, long most) implements SettingRule {
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,4}(\\.[0-9]{1,2})?");

    @Override
    public long parse(String text) {
      if (DECIMAL.matcher(text).matches()) {
        long value = new BigDecimal(text).movePointRight(2).longValueExact();
        if (value >= least && value <= most) {
          return value;
        }
      }
      throw new IllegalArgumentException(
          "is no number from "
              + print(least)
              + " to "
              + print(most)
              + " with at most two digits after the point");
    }

    @Override
    public String print(long value) {
      return BigDecimal.valueOf(value, 2).stripTrailingZeros().toPlainString();
    }
  }

  /** The position in a list of words. */
  record OneOf(List<String> words) implements SettingRule {
    @Override
    public long parse(String text) {
      int index = words.indexOf(text);
      if (index < 0) {
        throw new IllegalArgumentException("is none of " + String.join(", ", words));
      }
      return index;
    }

    @Override
    public String print(long value) {
      return words.get(Math.toIntExact(value));
    }
  }

  private static String orOff(String off) {
    return off.isEmpty() ? "" : ", or " + off;
  }
}
