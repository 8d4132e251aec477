package io.directfaas.gateway.function;

import io.directfaas.graph.GoDuration;
import io.directfaas.graph.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What OpenFaaS's scale labels ask for beyond bounds.
 *
 * @param automatic whether the number of replicas follows the load: when a label of its own says
 *     so, and minimum and maximum differ
 * @param min replicas at least
 * @param max replicas at most
 * @param type what load is measured by
 * @param target how much load one replica is to carry: calls per second, calls at a time,
 *     millicores, or calls in the queue
 * @param proportion how much of the target is aimed at
 * @param zero whether a function that is not called may have no replica
 * @param idle how long it must not have been called before
 */
public record ScalePolicy(
    boolean automatic,
    int min,
    int max,
    Type type,
    double target,
    double proportion,
    boolean zero,
    Duration idle) {

  /** By what load is measured. */
  public enum Type {
    /** Calls per second. */
    RPS,
    /** Calls at a time. */
    CAPACITY,
    /** Processor time, in millicores. */
    CPU,
    /** Asynchronous calls that wait or are being made. */
    QUEUE
  }

  private static final String PREFIX = "com.openfaas.scale.";
  private static final String TYPE = PREFIX + "type";
  private static final String TARGET = PREFIX + "target";
  private static final String PROPORTION = PREFIX + "target-proportion";
  private static final String ZERO = PREFIX + "zero";
  private static final String ZERO_DURATION = PREFIX + "zero-duration";
  private static final String MAX = PREFIX + "max";
  private static final int DEFAULT_MAX = 20;

  /** Reads the labels; what is wrong with them is added to {@code violations}. */
  static ScalePolicy read(Map<String, String> labels, List<Violation> violations) {
    ScaleBounds bounds = ScaleBounds.read(labels, new ArrayList<>());
    int max = labels.containsKey(MAX) ? bounds.max() : Math.max(DEFAULT_MAX, bounds.min());
    boolean asked =
        labels.containsKey(MAX) || labels.containsKey(TYPE) || labels.containsKey(TARGET);
    Type type = type(labels.get(TYPE), violations);
    double target = number(TARGET, labels.get(TARGET), 50, 1_000_000, violations);
    double proportion = number(PROPORTION, labels.get(PROPORTION), 0.9, 1, violations);
    boolean zero = flag(labels.get(ZERO), violations);
    Duration idle = duration(labels.get(ZERO_DURATION), violations);
    return new ScalePolicy(
        asked && bounds.min() < max, bounds.min(), max, type, target, proportion, zero, idle);
  }

  /** The policy of a spec that is known to be valid. */
  public static ScalePolicy of(FunctionSpec spec) {
    return read(spec.labels(), new ArrayList<>());
  }

  private static Type type(@Nullable String text, List<Violation> violations) {
    if (text == null) {
      return Type.RPS;
    }
    for (Type type : Type.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(text)) {
        return type;
      }
    }
    violations.add(wrong(TYPE, "'" + text + "' is not rps, capacity, cpu or queue"));
    return Type.RPS;
  }

  private static double number(
      String key,
      @Nullable String text,
      double ifMissing,
      double most,
      List<Violation> violations) {
    if (text == null) {
      return ifMissing;
    }
    try {
      double value = Double.parseDouble(text);
      if (value > 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, like a number out of range
    }
    violations.add(wrong(key, "'" + text + "' is not a number above 0, " + most + " at most"));
    return ifMissing;
  }

  private static boolean flag(@Nullable String text, List<Violation> violations) {
    if (text != null && !text.equals("true") && !text.equals("false")) {
      violations.add(wrong(ZERO, "'" + text + "' is not true or false"));
    }
    return "true".equals(text);
  }

  private static Duration duration(@Nullable String text, List<Violation> violations) {
    Duration ifMissing = Duration.ofMinutes(15);
    if (text == null) {
      return ifMissing;
    }
    try {
      Duration duration = GoDuration.parse(text);
      if (duration.isPositive()) {
        return duration;
      }
      violations.add(wrong(ZERO_DURATION, "'" + text + "' is not longer than nothing"));
    } catch (IllegalArgumentException e) {
      violations.add(wrong(ZERO_DURATION, String.valueOf(e.getMessage())));
    }
    return ifMissing;
  }

  private static Violation wrong(String key, String problem) {
    return new Violation("labels[\"" + key + "\"]", problem);
  }
}
