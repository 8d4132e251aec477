package io.directfaas.standalone.cli.loadtest;

import java.util.List;

/** Medians: a single slow round of a shared machine does not move them. */
final class Spread {
  private Spread() {}

  /**
   * @param ascending not empty
   */
  static double median(List<Double> ascending) {
    int middle = ascending.size() / 2;
    return ascending.size() % 2 == 1
        ? ascending.get(middle)
        : (ascending.get(middle - 1) + ascending.get(middle)) / 2;
  }
}
