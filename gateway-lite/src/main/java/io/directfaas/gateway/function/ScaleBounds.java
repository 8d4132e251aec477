package io.directfaas.gateway.function;

import io.directfaas.graph.Violation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Between which numbers of replicas OpenFaaS's scale labels keep a function.
 *
 * @param min {@code com.openfaas.scale.min}, 1 when not set
 * @param max {@code com.openfaas.scale.max}, {@link #MOST} when not set
 */
public record ScaleBounds(int min, int max) {
  /** More replicas than this of one function are taken for a slip. */
  public static final int MOST = 1000;

  private static final String MIN = "com.openfaas.scale.min";
  private static final String MAX = "com.openfaas.scale.max";

  /** Reads the labels; what is wrong with them is added to {@code violations}. */
  static ScaleBounds read(Map<String, String> labels, List<Violation> violations) {
    int min = read(MIN, 0, labels.get(MIN), 1, violations);
    int max = read(MAX, 1, labels.get(MAX), MOST, violations);
    if (min > max) {
      violations.add(
          new Violation("labels[\"" + MIN + "\"]", min + " is more than " + MAX + ", " + max));
    }
    return new ScaleBounds(min, Math.max(min, max));
  }

  /** The bounds of a spec that is known to be valid. */
  public static ScaleBounds of(FunctionSpec spec) {
    return read(spec.labels(), new java.util.ArrayList<>());
  }

  /**
   * A new function starts with its minimum, but with one at least: it was deployed to be called.
   */
  public int initial() {
    return Math.max(1, min);
  }

  /**
   * What an update makes of the number there was: at least {@link #initial()}, at most the maximum.
   */
  public int afterUpdate(int replicas) {
    return Math.clamp(replicas, initial(), Math.max(initial(), max));
  }

  private static int read(
      String key, int least, @Nullable String text, int ifMissing, List<Violation> violations) {
    if (text == null) {
      return ifMissing;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= MOST) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, like a number out of range
    }
    violations.add(
        new Violation(
            "labels[\"" + key + "\"]",
            "'" + text + "' is not an integer from " + least + " to " + MOST));
    return ifMissing;
  }
}
