package io.directfaas.sdn.benchmark;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Figures as lines that begin with {@code RESULT}. */
final class Figures {
  private Figures() {}

  static void report(String format, Object... values) {
    System.out.println("RESULT " + String.format(Locale.ROOT, format, values));
  }

  /**
   * What two ways did in turns, and how far two runs of the same way lie apart: a ratio that is no
   * further from one than that is none.
   *
   * @param rounds each of four turns: the one, the other, the other, the one
   */
  static void compare(String what, String one, String other, List<double[]> rounds) {
    double ratio = median(rounds, r -> (r[0] + r[3]) / (r[1] + r[2]));
    double noise = median(rounds, r -> Math.max(apart(r[1], r[2]), apart(r[0], r[3])));
    report(
        "%s: %s %.1f, %s %.1f (medians of %d rounds); ratio %.3f, two runs of the same lie %.1f %%"
            + " apart; load %.1f",
        what,
        one,
        median(rounds, r -> (r[0] + r[3]) / 2),
        other,
        median(rounds, r -> (r[1] + r[2]) / 2),
        rounds.size(),
        ratio,
        100 * noise,
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private static double apart(double a, double b) {
    return Math.abs(a - b) / ((a + b) / 2);
  }

  static double median(List<double[]> rounds, ToDoubleFunction<double[]> of) {
    double[] values = rounds.stream().mapToDouble(of).sorted().toArray();
    return values[values.length / 2];
  }

  /** Of times in nanoseconds. */
  static String spread(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p90 %.1f ms, max %.1f ms",
        sorted[sorted.length / 2] / 1e6,
        sorted[sorted.length * 9 / 10] / 1e6,
        sorted[sorted.length - 1] / 1e6);
  }
}
