package io.directfaas.standalone.cli.loadtest;

import java.util.List;
import java.util.Locale;

/** The goals as a table in Markdown, for a README and for the terminal. */
final class ReportTable {
  private ReportTable() {}

  static String of(Plan plan, List<Measurement> measurements) {
    StringBuilder text = new StringBuilder();
    text.append(
        "| compared | goal | median of rounds | spread | reached |\n|---|---|---|---|---|\n");
    for (Goal goal : Goal.all()) {
      List<Double> ratios = goal.ratios(measurements);
      String limit = (goal.atMost() ? "≤ " : "≥ ") + number(goal.limit());
      if (ratios.isEmpty()) {
        text.append("| %s | %s | not measured | | |\n".formatted(goal.title(), limit));
      } else {
        double median = Spread.median(ratios);
        text.append(
            "| %s | %s | %s | %s to %s | %s |\n"
                .formatted(
                    goal.title(),
                    limit,
                    number(median),
                    number(ratios.getFirst()),
                    number(ratios.getLast()),
                    goal.reachedBy(median) ? "yes" : "no"));
      }
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%nBy `./directfaas load-test --plan %s`: %d rounds of %.1f s per figure, %d"
                + " processors; %.0f %% of the figures were taken while others used more than %.0f"
                + " %% of the machine.%n",
            plan.name(),
            plan.rounds(),
            plan.seconds(),
            Runtime.getRuntime().availableProcessors(),
            100 * ReportJson.share(measurements),
            100 * Measurement.DISTURBED));
    return text.toString();
  }

  /** Each way at each point, for the terminal: p50, requests per second, CPU per request. */
  static List<String[]> figures(List<Measurement> measurements) {
    return measurements.stream()
        .map(m -> List.of(m.scenario().title(), m.fabric(), m.way().title()))
        .distinct()
        .map(
            key -> {
              List<Measurement> same =
                  measurements.stream()
                      .filter(
                          m ->
                              key.equals(
                                  List.of(m.scenario().title(), m.fabric(), m.way().title())))
                      .toList();
              return new String[] {
                key.get(0),
                key.get(1),
                key.get(2),
                number(median(same, m -> m.figures().p50() / 1000)),
                number(median(same, m -> m.figures().p99() / 1000)),
                number(median(same, m -> m.figures().rate())),
                number(median(same, Measurement::cpuMillis)),
                Long.toString(same.stream().mapToLong(m -> m.figures().failed()).sum())
              };
            })
        .toList();
  }

  private static double median(
      List<Measurement> same, java.util.function.ToDoubleFunction<Measurement> figure) {
    return Spread.median(same.stream().mapToDouble(figure).sorted().boxed().toList());
  }

  static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : "%.2f", value);
  }
}
