package io.directfaas.standalone.node.ovs;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.VirtualSwitch;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack's own Open vSwitch: ovsdb-server and ovs-vswitchd in the fabric's namespace, with their
 * own database and run directory. They outlive this JVM; the next one adopts them as they are, with
 * their ports and flows.
 *
 * <p>When ovs-vswitchd dies it is started again and opens the ports its database names; its flows
 * are the controller's to restore. ovsdb-server can die and come back without a flow lost.
 */
public final class PrivateOvs implements VirtualSwitch {
  private static final Logger log = LoggerFactory.getLogger(PrivateOvs.class);
  private static final Path SCHEMA = Path.of("/usr/share/openvswitch/vswitch.ovsschema");
  private static final Duration START_TIMEOUT = Duration.ofSeconds(15);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  private final Layout layout;
  private final Namespaces namespaces;
  private @Nullable Supervised database;
  private @Nullable Supervised vswitch;

  public PrivateOvs(Layout layout) {
    this.layout = layout;
    this.namespaces = new Namespaces(layout);
  }

  /**
   * Adopts what runs and starts what does not. Returns when the bridge is there.
   *
   * @throws IOException if it does not come up, with the last line of its log
   */
  @Override
  public synchronized void start() throws IOException, InterruptedException {
    ReceiveBuffer.MACHINE.recover();
    namespaces.create(layout.fabricNamespace());
    Tool.run("ip", "-n", layout.fabricNamespace(), "link", "set", "lo", "up");
    Files.createDirectories(layout.ovsDir());
    if (!Files.exists(layout.ovsDatabase())) {
      createDatabase();
    }
    database = new Supervised(databaseSpec(), new DatabaseHooks(), Backoff.ofProcess()).start();
    await(database, "ovsdb-server", () -> Tool.attempt(vsctl("--no-wait", "show"), "", STOP_GRACE));
    // Before vswitchd runs: it reads this once.
    ovsVsctl(
        "--no-wait",
        "--",
        "init",
        "--",
        "set",
        "Open_vSwitch",
        ".",
        "other_config:userspace-tso-enable=true");
    vswitch = new Supervised(vswitchSpec(), new VswitchHooks(), Backoff.ofProcess()).start();
    await(vswitch, "ovs-vswitchd", () -> Tool.attempt(appctl("version"), "", STOP_GRACE));
    ovsVsctl(
        "--",
        "--may-exist",
        "add-br",
        Layout.BRIDGE,
        "--",
        "set",
        "Bridge",
        Layout.BRIDGE,
        "datapath_type=netdev",
        "fail_mode=secure",
        "protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15",
        // Stays the same when ovs-vswitchd, and with it the bridge's random MAC, is new.
        "other_config:datapath-id=000002df00000001");
  }

  @Override
  public void addPort(String name, Map<String, String> externalIds) throws IOException {
    // Not in one transaction with what follows: a port that is gone and back between two looks
    // keeps its socket, which is bound to an interface that may be gone for good.
    ovsVsctl("--", "--if-exists", "del-port", Layout.BRIDGE, name);
    List<String> command =
        new ArrayList<>(
            List.of("--", "add-port", Layout.BRIDGE, name, "--", "set", "Interface", name));
    new TreeMap<>(externalIds)
        .forEach((key, value) -> command.add("external_ids:%s=\"%s\"".formatted(key, value)));
    try (var raised = ReceiveBuffer.MACHINE.raise()) {
      ovsVsctl(command.toArray(String[]::new));
    }
  }

  /** Also works while ovs-vswitchd is down. */
  @Override
  public void removePort(String name) throws IOException {
    ovsVsctl("--no-wait", "--", "--if-exists", "del-port", Layout.BRIDGE, name);
  }

  @Override
  public Map<String, String> ports() throws IOException {
    String table =
        ovsVsctl(
            "--no-wait",
            "--format=csv",
            "--data=bare",
            "--no-headings",
            "--columns=name,external_ids",
            "find",
            "Interface",
            "type!=internal");
    Map<String, String> ports = new LinkedHashMap<>();
    table.lines().forEach(line -> readPort(line, ports));
    return ports;
  }

  private static void readPort(String line, Map<String, String> ports) {
    int comma = line.indexOf(',');
    if (comma < 0) {
      return;
    }
    String replica = "";
    for (String pair : line.substring(comma + 1).replace("\"", "").split(" ", -1)) {
      if (pair.startsWith("directfaas-replica=")) {
        replica = pair.substring(pair.indexOf('=') + 1);
      }
    }
    ports.put(line.substring(0, comma), replica);
  }

  /** Whether both daemons run. */
  public synchronized boolean running() {
    return isUp(database) && isUp(vswitch);
  }

  @Override
  public synchronized Optional<String> problem() {
    return Optional.ofNullable(database)
        .flatMap(Supervised::problem)
        .or(() -> Optional.ofNullable(vswitch).flatMap(Supervised::problem));
  }

  public synchronized Optional<DetachedProcess> vswitchProcess() {
    return Optional.ofNullable(vswitch).flatMap(Supervised::process);
  }

  public synchronized Optional<DetachedProcess> databaseProcess() {
    return Optional.ofNullable(database).flatMap(Supervised::process);
  }

  /** The command line of {@code ovs-vsctl} for this instance. */
  public List<String> vsctl(String... arguments) {
    return command(
        "ovs-vsctl", "--db=unix:" + layout.ovsDatabaseSocket(), "--timeout=10", arguments);
  }

  /** The command line of {@code ovs-appctl} for this instance's ovs-vswitchd. */
  public List<String> appctl(String... arguments) {
    return command(
        "ovs-appctl",
        "--target=" + layout.ovsDir().resolve("ovs-vswitchd.ctl"),
        "--timeout=10",
        arguments);
  }

  /** The command line of {@code ovs-ofctl}; name the bridge by its management socket. */
  public List<String> ofctl(String... arguments) {
    return command("ovs-ofctl", "--timeout=10", "-OOpenFlow14", arguments);
  }

  private String ovsVsctl(String... arguments) throws IOException {
    return Tool.run(vsctl(arguments), "");
  }

  private static List<String> command(
      String program, String option1, String option2, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program, option1, option2));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Leaves the switch as it is. */
  @Override
  public synchronized void close() {
    if (vswitch != null) {
      vswitch.close();
    }
    if (database != null) {
      database.close();
    }
  }

  /** Ends both daemons and removes their namespace and files. */
  public synchronized void stop() throws IOException, InterruptedException {
    if (vswitch != null) {
      vswitch.stop(STOP_GRACE);
    }
    if (database != null) {
      database.stop(STOP_GRACE);
    }
    namespaces.delete(layout.fabricNamespace());
  }

  private void createDatabase() throws IOException {
    Path unfinished = layout.ovsDir().resolve("conf.db.new");
    Files.deleteIfExists(unfinished);
    Tool.run("ovsdb-tool", "create", unfinished.toString(), SCHEMA.toString());
    Files.move(unfinished, layout.ovsDatabase());
  }

  private interface Probe {
    Tool.Result run() throws IOException;
  }

  private void await(Supervised daemon, String name, Probe probe)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (daemon.process().isEmpty() || !probe.run().ok()) {
      if (System.nanoTime() > deadline) {
        close();
        throw new IOException(
            name + " does not come up: " + daemon.problem().orElse("it does not answer"));
      }
      Thread.sleep(10);
    }
  }

  private static boolean isUp(@Nullable Supervised daemon) {
    return daemon != null && daemon.process().isPresent();
  }

  private LaunchSpec databaseSpec() {
    return daemonSpec(
        "ovsdb-server",
        layout.ovsDatabase().toString(),
        "--remote=punix:" + layout.ovsDatabaseSocket());
  }

  private LaunchSpec vswitchSpec() {
    return daemonSpec("ovs-vswitchd", "unix:" + layout.ovsDatabaseSocket());
  }

  private LaunchSpec daemonSpec(String program, String... arguments) {
    List<String> command = new ArrayList<>(Namespaces.enter(layout.fabricNamespace()));
    command.add(program);
    command.addAll(List.of(arguments));
    command.add("--unixctl=" + layout.ovsDir().resolve(program + ".ctl"));
    command.add("--no-chdir");
    // Standard error is the log: supervision keeps it small.
    command.addAll(List.of("-vsyslog:off", "-vfile:off", "-vconsole:info"));
    Map<String, String> environment = new LinkedHashMap<>(LaunchSpec.PLAIN_ENVIRONMENT);
    environment.put("OVS_RUNDIR", layout.ovsDir().toString());
    environment.put("OVS_LOGDIR", layout.ovsDir().toString());
    environment.put("OVS_DBDIR", layout.ovsDir().toString());
    return new LaunchSpec(
        program,
        command,
        environment,
        layout.ovsDir().resolve(program + ".log"),
        layout.ovsDir().resolve(program + ".pid"));
  }

  private final class DatabaseHooks implements Supervised.Hooks {
    @Override
    public void beforeStart() throws IOException {
      Files.deleteIfExists(layout.ovsDatabaseSocket());
      Files.deleteIfExists(layout.ovsDir().resolve("ovsdb-server.ctl"));
    }
  }

  /** From before its start until it has opened its ports, the receive buffer is raised. */
  private final class VswitchHooks implements Supervised.Hooks {
    private ReceiveBuffer.@Nullable Raised raised;

    @Override
    public void beforeStart() throws IOException {
      Files.deleteIfExists(layout.ovsDir().resolve("ovs-vswitchd.ctl"));
      raised = ReceiveBuffer.MACHINE.raise();
    }

    @Override
    public void started(DetachedProcess process, boolean adopted) throws IOException {
      if (adopted) {
        return;
      }
      try {
        // A change that it confirms tells that it has opened its ports.
        ovsVsctl("set", "Open_vSwitch", ".", "external_ids:opened-by=" + process.pid());
      } finally {
        putBack();
      }
    }

    @Override
    public void ended(String reason) {
      try {
        putBack();
      } catch (IOException e) {
        log.warn("net.core.rmem_default could not be put back: {}", e.getMessage());
      }
    }

    private void putBack() throws IOException {
      if (raised != null) {
        raised.close();
        raised = null;
      }
    }
  }
}
