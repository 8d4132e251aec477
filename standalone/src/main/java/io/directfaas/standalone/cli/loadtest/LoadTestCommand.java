package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.Installation;
import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.loadtest.Bench.Lane;
import io.directfaas.standalone.cli.term.Table;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.config.StackConfig.Fabric;
import io.directfaas.standalone.node.Cleanup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the ways to call against each other, on stacks of their own, and writes a report. */
@Command(
    name = "load-test",
    description =
        "Measures direct calls against central proxies, on stacks of its own beside a running one,"
            + " and writes a report.")
public final class LoadTestCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Option(
      names = "--plan",
      paramLabel = "NAME",
      defaultValue = "full",
      description = "Which plan of load-tests/plans to run (default: ${DEFAULT-VALUE}).")
  private String plan = "full";

  @Option(names = "--quick", description = "The plan named quick: a few minutes, rough figures.")
  private boolean quick;

  @Option(
      names = "--baseline-url",
      paramLabel = "URL",
      description =
          "Also measure a gateway that runs already: f1, f2, ... of load-tests/functions/hop"
              + " deployed behind it, each called at URL/function/NAME.")
  private @Nullable URI baseline;

  @Option(
      names = "--baseline-inside-url",
      paramLabel = "URL",
      description = "That gateway as its functions reach it, where that is another address.")
  private @Nullable URI baselineInside;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "load-tests/target/report",
      description = "Where to write the report (default: ${DEFAULT-VALUE}).")
  private Path output = Path.of("load-tests/target/report");

  @Mixin private InstanceOptions options = new InstanceOptions();

  public LoadTestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Path home = Installation.ofProcess().home().resolve("load-tests");
    Plan chosen = chosen(home.resolve("plans"));
    Path binaries = home.resolve("target/bin");
    Path samples = Installation.ofProcess().home().resolve("samples");
    if (!Files.isExecutable(binaries.resolve("driver"))) {
      throw new CommandFailed("the load functions are not built; run load-tests/setup.sh first");
    }
    terminal.line(
        "Plan %s: %d points, %d ways, about %.0f minutes of load."
            .formatted(
                chosen.name(),
                chosen.scenarios().size(),
                chosen.ways().size() * chosen.fabrics().size(),
                Math.ceil(chosen.minutes(baseline == null ? 0 : 1))));
    List<Testbed> testbeds = new CopyOnWriteArrayList<>();
    Path work = Files.createTempDirectory("directfaas-load");
    // Who interrupts it is left with none of its stacks, either.
    Thread interrupted = new Thread(() -> clear(testbeds, work));
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      for (String fabric : chosen.fabrics()) {
        Testbed testbed = new Testbed(stack(fabric), terminal);
        testbeds.add(testbed);
        testbed.start(binaries, samples, chosen, work);
      }
      List<Measurement> measurements = measure(chosen, testbeds, binaries);
      return report(chosen, measurements, home);
    } finally {
      if (unhooked(interrupted)) {
        clear(testbeds, work);
      }
    }
  }

  /** Whether it will not run any more; false when it runs already. */
  private static boolean unhooked(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return false;
    }
  }

  private static void clear(List<Testbed> testbeds, Path work) {
    try {
      for (Testbed testbed : testbeds) {
        testbed.close();
        Cleanup.deleteTree(testbed.stack().config().stateDir());
      }
      Cleanup.deleteTree(work);
    } catch (IOException e) {
      throw new CommandFailed("what was made for the run could not be deleted: " + e, e);
    }
  }

  private Plan chosen(Path plans) {
    String name = quick ? "quick" : plan;
    List<String> names = Plan.names(plans);
    if (!names.contains(name)) {
      throw new CommandFailed("there is no plan '%s'; there are %s".formatted(name, names));
    }
    return Plan.read(plans.resolve(name + ".json"));
  }

  /** Beside the user's own stack: other names, other folders, other ports. */
  private Stack stack(String fabric) {
    boolean ovs = fabric.equals("ovs");
    return options.beside(
        "-lt" + (ovs ? "o" : "b"), ovs ? 11000 : 12000, ovs ? Fabric.OVS : Fabric.BRIDGE);
  }

  private List<Measurement> measure(Plan chosen, List<Testbed> testbeds, Path binaries)
      throws IOException {
    List<Lane> lanes = new ArrayList<>();
    Map<String, Bench.GatewayBytes> bytes = new LinkedHashMap<>();
    for (Testbed testbed : testbeds) {
      for (Way way : chosen.ways()) {
        lanes.add(
            new Lane(
                testbed.name(), way, scenario -> testbed.call(way, scenario), testbed::nuisance));
      }
      bytes.put(testbed.name(), () -> gatewayBytes(testbed.stack()));
    }
    CpuMeter meter =
        new CpuMeter(testbeds.stream().map(testbed -> testbed.stack().layout()).toList());
    if (baseline == null) {
      return new Bench(chosen, lanes, meter, bytes, terminal).run();
    }
    URI inside = baselineInside == null ? baseline : baselineInside;
    try (Baseline given = new Baseline(baseline, inside, binaries)) {
      lanes.add(given.lane());
      return new Bench(chosen, lanes, meter, bytes, terminal).run();
    }
  }

  private static long gatewayBytes(Stack stack) {
    Answer metrics = stack.gatewayMetrics().get("/metrics", TIMEOUT);
    return metrics
        .text()
        .lines()
        .filter(line -> line.matches("directfaas_gateway_http_re(quest|sponse)_bytes_total .*"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
        .sum();
  }

  private int report(Plan chosen, List<Measurement> measurements, Path home) throws IOException {
    Files.createDirectories(output);
    String json = ReportJson.of(chosen, measurements).toString();
    Files.writeString(output.resolve("report.json"), json);
    String page = Files.readString(home.resolve("report.html"));
    // "</" would end the script element that holds it.
    Files.writeString(
        output.resolve("report.html"), page.replace("/*DATA*/null", json.replace("</", "<\\/")));
    String table = ReportTable.of(chosen, measurements);
    Files.writeString(output.resolve("goals.md"), table);

    Table figures =
        new Table("POINT", "OVER", "WAY", ">P50 MS", ">P99 MS", ">REQ/S", ">CPU MS", ">FAILED");
    ReportTable.figures(measurements).forEach(row -> figures.row((Object[]) row));
    figures.print(terminal, "");
    terminal.blank();
    table.lines().forEach(terminal::line);
    terminal.blank();
    terminal.line("The report is " + output.resolve("report.html").toAbsolutePath() + ".");
    long failed = measurements.stream().mapToLong(m -> m.figures().failed()).sum();
    if (failed > 0) {
      terminal.line(failed + " calls failed; the report says which.");
      return 1;
    }
    return 0;
  }
}
