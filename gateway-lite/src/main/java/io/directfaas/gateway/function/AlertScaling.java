package io.directfaas.gateway.function;

import org.jspecify.annotations.Nullable;

/**
 * What a Prometheus alert makes of a function's number of replicas, by the rule of OpenFaaS's
 * community gateway: an alert that fires adds {@code com.openfaas.scale.factor} percent of the
 * maximum, rounded up; one that is resolved goes back to the minimum.
 */
public final class AlertScaling {
  private static final String FACTOR = "com.openfaas.scale.factor";
  private static final String MAX = "com.openfaas.scale.max";
  private static final int DEFAULT_FACTOR = 10;

  /** Steps are a share of the maximum, so without one there must be something sensible. */
  private static final int DEFAULT_MAX = 20;

  private AlertScaling() {}

  /**
   * The number of replicas to have after the alert.
   *
   * @param current the number there should be now; 0 stays 0 when an alert is resolved
   */
  public static int after(FunctionSpec spec, int current, boolean firing) {
    ScaleBounds bounds = ScaleBounds.of(spec);
    int max = spec.labels().containsKey(MAX) ? bounds.max() : Math.max(DEFAULT_MAX, bounds.min());
    if (bounds.min() == max) {
      // the user's way to say: leave it alone
      return current;
    }
    if (!firing) {
      return current == 0 ? 0 : bounds.initial();
    }
    int step = Math.ceilDiv(max * factor(spec.labels().get(FACTOR)), 100);
    return Math.max(current, Math.min(current + step, max));
  }

  private static int factor(@Nullable String text) {
    if (text == null) {
      return DEFAULT_FACTOR;
    }
    try {
      return Math.clamp(Integer.parseInt(text), 0, 100);
    } catch (NumberFormatException e) {
      return DEFAULT_FACTOR;
    }
  }
}
