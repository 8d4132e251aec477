package io.directfaas.standalone.cli.loadtest;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.deploy.CodeStore;
import io.directfaas.standalone.cli.deploy.Deployer;
import io.directfaas.standalone.cli.deploy.StackFile;
import io.directfaas.standalone.cli.lifecycle.Lifecycle;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.config.StackConfig.Fabric;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A stack of its own with everything deployed that is measured: a chain of functions, the driver
 * that calls them, and the central proxies, which are functions as well, so that all stand in the
 * same network.
 */
final class Testbed implements AutoCloseable {
  static final String TENANT = "load";
  static final String MTLS_TENANT = "load-mtls";

  private static final String FLOOD_TENANT = "load-flood";

  /** Whose chain is scaled; the others' replicas stay. */
  private static final String SCALED_TENANT = "load-scaled";

  /** Two replicas from 45 calls per second on. */
  private static final Map<String, String> SCALED =
      Map.of("com.openfaas.scale.max", "4", "com.openfaas.scale.target", "50");

  private static final Map<String, String> FIXED =
      Map.of("com.openfaas.scale.min", "1", "com.openfaas.scale.max", "1");

  /** About a tenth of what its clients could send. */
  private static final String FLOOD_BANDWIDTH = "100Mbit";

  private static final int FLOOD_CLIENTS = 16;
  private static final int FLOOD_BYTES = 256 << 10;

  private static final String DRIVER = "driver";
  private static final String NGINX = "central";
  private static final String FRONT = "front";
  private static final String PROVIDER = "provider";
  private static final Duration DEPLOY_TIMEOUT = Duration.ofMinutes(2);

  private final Stack stack;
  private final Fabric fabric;
  private final Lifecycle lifecycle;
  private final Terminal terminal;
  private final Map<FunctionRef, String> addresses = new LinkedHashMap<>();
  private final Map<String, Driver> drivers = new LinkedHashMap<>();

  Testbed(Stack stack, Terminal terminal) {
    this.stack = stack;
    this.fabric = stack.config().fabric();
    this.terminal = terminal;
    this.lifecycle = new Lifecycle(stack, terminal);
  }

  Stack stack() {
    return stack;
  }

  /** Such as {@code ovs}. */
  String name() {
    return fabric == Fabric.OVS ? "ovs" : "bridge";
  }

  /**
   * Starts the stack and deploys everything. Returns when all of it serves.
   *
   * @param binaries the folder with the programs of functions and driver
   * @param samples the folder with the sample applications
   * @param plan what is going to be measured
   * @param work a folder for files that are made for this run
   */
  void start(Path binaries, Path samples, Plan plan, Path work) throws IOException {
    int chain = plan.longestChain();
    lifecycle.up();
    Gateway gateway = stack.gateway();
    Deployer deployer = new Deployer(gateway, new CodeStore(stack.codeDir()), silent());
    List<StackFile.Entry> functions = new ArrayList<>();
    for (String tenant : new TreeSet<>(plan.ways().stream().map(Way::tenant).toList())) {
      String dataPath = tenant.equals(MTLS_TENANT) ? "mtls" : "fabric";
      namespace(gateway, tenant, "directfaas.io/data-path", dataPath);
      functions.addAll(chainOf(tenant, chain, binaries, FIXED, images(plan, tenant)));
    }
    if (plan.has(Meanwhile.FLOOD)) {
      namespace(gateway, FLOOD_TENANT, "directfaas.io/bandwidth", FLOOD_BANDWIDTH);
      functions.addAll(chainOf(FLOOD_TENANT, 1, binaries, FIXED, List.of()));
    }
    if (plan.isScaled()) {
      namespace(gateway, SCALED_TENANT, "directfaas.io/data-path", "fabric");
      functions.addAll(chainOf(SCALED_TENANT, chain, binaries, SCALED, List.of()));
    }
    for (Way way : images(plan)) {
      Path handlers = samples.resolve("image/handlers");
      functions.addAll(ImagePipeline.functions(way.tenant(), way, proxy(way), handlers));
    }
    if (plan.has(Meanwhile.CHURN)) {
      functions.add(function(TENANT, Churn.FUNCTION, "./hop", List.of(), binaries, FIXED));
    }
    terminal.progress("Deploying %d functions over %s ...".formatted(functions.size(), name()));
    // What ends the image pipeline is named by each way.
    deployer.deploy(new StackFile(functions.stream().distinct().toList()), DEPLOY_TIMEOUT);
    locate(gateway.graph());
    if (plan.ways().contains(Way.NGINX) || plan.ways().contains(Way.NGINX_TWICE)) {
      deployProxies(gateway, deployer, plan, work);
    }
    terminal.progressDone();
  }

  /** The ways that the image pipeline is measured in. */
  private static List<Way> images(Plan plan) {
    return plan.has(App.IMAGE)
        ? plan.ways().stream().filter(ImagePipeline::canGo).toList()
        : List.of();
  }

  /** What of it the driver of a tenant calls. */
  private static List<String> images(Plan plan, String tenant) {
    return images(plan).stream()
        .filter(way -> way.tenant().equals(tenant))
        .map(ImagePipeline::extract)
        .toList();
  }

  private static String proxy(Way way) {
    return switch (way) {
      case NGINX -> NGINX;
      case NGINX_TWICE -> FRONT;
      default -> "";
    };
  }

  private void deployProxies(Gateway gateway, Deployer deployer, Plan plan, Path work)
      throws IOException {
    Map<String, String> upstreams = new LinkedHashMap<>();
    for (int i = 1; i <= plan.longestChain(); i++) {
      upstreams.put("f" + i, address("f" + i));
    }
    images(plan).stream()
        .filter(way -> !proxy(way).isEmpty())
        .flatMap(way -> ImagePipeline.names(way).stream())
        .forEach(name -> upstreams.put(name, address(name)));
    int workers = Runtime.getRuntime().availableProcessors();
    String callees = String.join(", ", upstreams.keySet());
    deployer.deploy(
        new StackFile(
            List.of(
                nginx(NGINX, callees, NginxFiles.gateway(workers, upstreams), work),
                nginx(PROVIDER, callees, NginxFiles.gateway(workers, upstreams), work))),
        DEPLOY_TIMEOUT);
    locate(gateway.graph());
    deployer.deploy(
        new StackFile(
            List.of(nginx(FRONT, PROVIDER, NginxFiles.front(workers, address(PROVIDER)), work))),
        DEPLOY_TIMEOUT);
    locate(gateway.graph());
  }

  private static Terminal silent() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new Terminal(nowhere, nowhere, false, false);
  }

  private void namespace(Gateway gateway, String name, String annotation, String value) {
    Answer answer =
        gateway.createNamespace(
            """
            {"name":"%s","labels":{"openfaas":"1"},
             "annotations":{"openfaas":"1","%s":"%s"}}
            """
                .formatted(name, annotation, value));
    if (!answer.ok() && answer.status() != 409) {
      throw new CommandFailed(
          "the namespace %s could not be created: %s".formatted(name, answer.text().strip()));
    }
  }

  /** f1 calls f2 calls f3 ..., and all may call the central proxies. */
  private static List<StackFile.Entry> chainOf(
      String tenant,
      int length,
      Path binaries,
      Map<String, String> labels,
      List<String> driverAlsoCalls) {
    boolean proxies = tenant.equals(TENANT);
    List<StackFile.Entry> entries = new ArrayList<>();
    for (int i = 1; i <= length; i++) {
      List<String> calls = new ArrayList<>(proxies ? List.of(NGINX, FRONT) : List.of());
      if (i < length) {
        calls.add("f" + (i + 1));
      }
      entries.add(function(tenant, "f" + i, "./hop", calls, binaries, labels));
    }
    List<String> calls = new ArrayList<>(proxies ? List.of(NGINX, FRONT) : List.of());
    IntStream.rangeClosed(1, length).forEach(i -> calls.add("f" + i));
    calls.addAll(driverAlsoCalls);
    entries.add(function(tenant, DRIVER, "./driver", calls, binaries, FIXED));
    return entries;
  }

  private static StackFile.Entry function(
      String tenant,
      String name,
      String process,
      List<String> calls,
      Path code,
      Map<String, String> labels) {
    return new StackFile.Entry(
        new FunctionRef(tenant, name),
        "local/http",
        code,
        process,
        null,
        labels,
        calls.isEmpty() ? Map.of() : Map.of("directfaas.io/calls", String.join(", ", calls)),
        null,
        null,
        null,
        null,
        false);
  }

  private StackFile.Entry nginx(String name, String callees, String configuration, Path work)
      throws IOException {
    Path code = Files.createDirectories(work.resolve(this.name()).resolve(name));
    Files.writeString(code.resolve("nginx.conf"), configuration);
    // A configuration is looked for from nginx's own prefix, not from where it is started.
    Files.writeString(
        code.resolve("run.sh"), "exec /usr/sbin/nginx -e stderr -p /tmp -c \"$PWD/nginx.conf\"\n");
    return function(TENANT, name, "sh run.sh", List.of(callees), code, FIXED);
  }

  private void locate(GraphSnapshot graph) {
    graph
        .replicas()
        .forEach(
            (function, replicas) ->
                replicas.stream()
                    .filter(GraphSnapshot.ReplicaView::ready)
                    .findFirst()
                    .ifPresent(
                        replica -> addresses.put(function, replica.ip() + ":" + replica.port())));
  }

  private String address(String name) {
    return address(TENANT, name);
  }

  private String address(String tenant, String name) {
    String address = addresses.get(new FunctionRef(tenant, name));
    if (address == null) {
      throw new CommandFailed(tenant + "/" + name + " has no replica");
    }
    return address;
  }

  /** Makes that go on until it is closed, for so many seconds at least. */
  Bench.Nuisance nuisance(Meanwhile what, double seconds) {
    return switch (what) {
      case NOTHING, SCALING -> Bench.Nuisance.NONE;
      case COLD -> {
        sleep();
        yield Bench.Nuisance.NONE;
      }
      case CHURN -> Churn.start(stack.gateway(), TENANT);
      case FLOOD -> {
        Scenario flood = new Scenario("flood", FLOOD_CLIENTS, FLOOD_BYTES, 1, 0, Meanwhile.NOTHING);
        Driver driver = driver(FLOOD_TENANT);
        String url = "http://" + address(FLOOD_TENANT, "f1") + "/";
        Attack attack = new Attack(new Attack.Call(driver, url, List.of()), flood, seconds + 1);
        driver.start(attack);
        LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
        yield () -> driver.await(attack.withSeconds(0.1));
      }
    };
  }

  /** Sends every scaled function to sleep, and returns when the last has no replica left. */
  private void sleep() {
    Gateway gateway = stack.gateway();
    List<FunctionRef> scaled =
        addresses.keySet().stream()
            .filter(ref -> ref.namespace().equals(SCALED_TENANT) && !ref.name().equals(DRIVER))
            .toList();
    for (FunctionRef ref : scaled) {
      Answer answer = gateway.scale(ref, 0);
      if (!answer.ok()) {
        throw new CommandFailed(
            "%s could not be sent to sleep: %s".formatted(ref, answer.text().strip()));
      }
    }
    long deadline = System.nanoTime() + DEPLOY_TIMEOUT.toNanos();
    while (gateway.graph().replicas().entrySet().stream()
        .anyMatch(entry -> scaled.contains(entry.getKey()) && !entry.getValue().isEmpty())) {
      if (System.nanoTime() > deadline) {
        throw new CommandFailed("the functions to be measured cold do not go to sleep");
      }
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    }
  }

  /** How a scenario is called this way; empty where it cannot be, or is not asked for. */
  Optional<Attack.Call> call(Way way, Scenario scenario) {
    if (!scenario.isMeasured(way)) {
      return Optional.empty();
    }
    if (scenario.app() == App.IMAGE) {
      return ImagePipeline.canGo(way)
          ? Optional.of(
              new Attack.Call(
                  driver(way.tenant()), url(way, ImagePipeline.extract(way)), List.of()))
          : Optional.empty();
    }
    boolean scaled = scenario.meanwhile().isScaled();
    if (scaled && way != Way.GATEWAY && way != Way.NAME) {
      // Addresses that were known beforehand lead nowhere.
      return Optional.empty();
    }
    List<String> rest =
        IntStream.rangeClosed(2, scenario.chain()).mapToObj(i -> url(way, "f" + i)).toList();
    Driver driver = driver(scaled ? SCALED_TENANT : way.tenant());
    return Optional.of(new Attack.Call(driver, url(way, "f1"), rest));
  }

  private String url(Way way, String function) {
    return switch (way) {
      case DIRECT -> "http://" + address(function) + "/";
      case NAME -> "http://" + function + ":8080/";
      case GATEWAY, MTLS -> "http://gateway:8080/function/" + function;
      case NGINX -> "http://" + address(NGINX) + "/function/" + function;
      case NGINX_TWICE -> "http://" + address(FRONT) + "/function/" + function;
      case BASELINE -> throw new IllegalArgumentException("the given gateway is not a testbed's");
    };
  }

  private Driver driver(String tenant) {
    return drivers.computeIfAbsent(
        tenant, name -> new Driver(stack.functions(), "/function/" + DRIVER + "." + name));
  }

  /** Ends the stack; what was deployed is forgotten with its folder. */
  @Override
  public void close() {
    lifecycle.down();
  }
}
