package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.Installation;
import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.deploy.CodeStore;
import io.directfaas.standalone.cli.deploy.Deployer;
import io.directfaas.standalone.cli.deploy.StackFile;
import io.directfaas.standalone.cli.deploy.StackFileReader;
import io.directfaas.standalone.cli.lifecycle.Lifecycle;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.term.Terminal.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The guided tour. */
@Command(
    name = "demo",
    description =
        "Starts the stack, deploys a sample application in two tenants, and shows that calls go"
            + " directly and that the other tenant is shut out. Leaves the stack up.")
public final class DemoCommand implements Callable<Integer> {
  private static final Duration DEPLOY_TIMEOUT = Duration.ofSeconds(60);

  private final Terminal terminal;

  @Option(
      names = "--thumbnail",
      paramLabel = "FILE",
      defaultValue = "thumbnail.jpg",
      description = "Where to write the thumbnail (default: ${DEFAULT-VALUE}).")
  private Path thumbnail = Path.of("thumbnail.jpg");

  @Mixin private InstanceOptions options = new InstanceOptions();

  public DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    long start = System.nanoTime();
    Stack stack = options.stack();
    Path samples = Installation.ofProcess().samples();
    byte[] picture = picture(samples.resolve("image"));
    List<StackFile> files =
        Stream.of("image", "spy")
            .map(
                name ->
                    new StackFileReader(Map.of()).read(samples.resolve(name).resolve("stack.yml")))
            .toList();

    heading("Starting");
    new Lifecycle(stack, terminal).up();
    Tour tour =
        new Tour(
            stack,
            stack.gateway(),
            stack.functions(),
            new Counters(stack),
            new Checks(terminal),
            terminal);
    terminal.blank();
    heading("Deploying the image application in tenant acme and a spy in tenant globex");
    Deployer deployer = new Deployer(tour.gateway(), new CodeStore(stack.codeDir()), terminal);
    files.forEach(file -> deployer.deploy(file, DEPLOY_TIMEOUT));

    new PictureScene(tour, picture, thumbnail.toAbsolutePath()).play();
    new SpyScene(tour, samples.resolve("spy").resolve("forge.py")).play();
    new EdgeScene(tour, picture).play();
    return summary(tour, start);
  }

  private void heading(String text) {
    terminal.line(terminal.style(Style.BOLD, text));
  }

  private static byte[] picture(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      Path picture =
          files
              .filter(file -> file.toString().endsWith(".jpg"))
              .sorted()
              .findFirst()
              .orElseThrow(() -> new CommandFailed("there is no picture in " + folder));
      return Files.readAllBytes(picture);
    } catch (IOException e) {
      throw new CommandFailed("the sample application cannot be read: " + e, e);
    }
  }

  private int summary(Tour tour, long start) {
    tour.title("What runs now");
    GraphSnapshot graph = tour.gateway().graph();
    long functions = graph.replicas().keySet().stream().filter(f -> !f.isIngress()).count();
    long replicas = graph.replicas().values().stream().mapToLong(List::size).sum();
    tour.say(
        "%d functions in revision %d of the graph, %d Envoys (one per replica and the ingress),"
            .formatted(functions, graph.revision(), replicas));
    tour.say("one Open vSwitch and one control process, all beside the host's own network.");
    tour.title("What to try next");
    List<String> ideas =
        new ArrayList<>(
            List.of(
                "./directfaas status                            what runs, and what lags",
                "./directfaas why globex/spy acme/extract       each layer's reason",
                "./directfaas why acme/extract acme/transform   each layer's evidence",
                "./directfaas ovs ofctl dump-flows df0          the flows, with their counters",
                "./directfaas deploy -f stack.yml               your own functions",
                "./directfaas down                              ends it all"));
    ideas.forEach(tour::say);
    terminal.blank();
    double seconds = (System.nanoTime() - start) / 1e9;
    List<String> failed = tour.checks().failed();
    if (failed.isEmpty()) {
      terminal.line(
          terminal.style(
              Style.GOOD, "All %d checks held (%.1f s).".formatted(tour.checks().made(), seconds)));
      return 0;
    }
    terminal.line(
        terminal.style(
            Style.BAD,
            "%d of %d checks did NOT hold:".formatted(failed.size(), tour.checks().made())));
    failed.forEach(claim -> terminal.line("  " + claim));
    return 1;
  }
}
