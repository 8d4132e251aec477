package io.directfaas.sdn.testing;

import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private ovsdb-server and ovs-vswitchd with one bridge, in a directory of their own. With the
 * dummy datapath no root is needed; in a network namespace the userspace datapath carries real
 * packets.
 */
public final class OvsInstance implements AutoCloseable {
  public static final String BRIDGE = "df0";
  private static final Pattern DATAPATH_ACTIONS = Pattern.compile("Datapath actions: (.*)");
  private static final Pattern SAMPLED_DROP =
      Pattern.compile("(meter\\(\\d+\\),)?userspace\\(pid=\\d+,controller\\([^()]*\\)\\)");

  private final Path directory;
  private final @Nullable String namespace;
  private final Process database;
  private Process daemon;
  private @Nullable Unixctl control;

  private OvsInstance(@Nullable String namespace, boolean segmentation) throws IOException {
    this.namespace = namespace;
    // Short, because a unix socket's path must stay below 108 characters.
    directory = Files.createTempDirectory(Path.of("/tmp"), "df-ovs-");
    Shell.run(
        "ovsdb-tool",
        "create",
        directory.resolve("conf.db").toString(),
        "/usr/share/openvswitch/vswitch.ovsschema");
    database =
        spawn(
            "ovsdb-server",
            directory.resolve("conf.db").toString(),
            "--remote=punix:" + databaseSocket(),
            "--remote=db:Open_vSwitch,Open_vSwitch,manager_options",
            "--private-key=db:Open_vSwitch,SSL,private_key",
            "--certificate=db:Open_vSwitch,SSL,certificate",
            "--ca-cert=db:Open_vSwitch,SSL,ca_cert",
            "--unixctl=" + directory.resolve("ovsdb.ctl"));
    await().until(() -> Files.exists(databaseSocket()));
    vsctl("--no-wait", "init");
    if (segmentation) {
      // Before vswitchd starts; without it, packets of a veth arrive with unfinished checksums.
      vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:userspace-tso-enable=true");
    }
    daemon = startDaemon();
    vsctl(
        "add-br",
        BRIDGE,
        "--",
        "set",
        "bridge",
        BRIDGE,
        "datapath_type=" + (namespace == null ? "dummy" : "netdev"),
        "fail_mode=secure",
        "protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15");
    await().until(() -> Files.exists(managementSocket()));
  }

  /** With a datapath that only exists in memory. */
  public static OvsInstance dummy() throws IOException {
    return new OvsInstance(null, false);
  }

  /** With the userspace datapath inside a network namespace. */
  public static OvsInstance inNamespace(String namespace) throws IOException {
    return new OvsInstance(namespace, true);
  }

  /**
   * With the userspace datapath inside a network namespace, for tunnels: this Open vSwitch does not
   * put what is still to be segmented into one.
   */
  public static OvsInstance forTunnels(String namespace) throws IOException {
    return new OvsInstance(namespace, false);
  }

  /** Where its sockets are. */
  public Path directory() {
    return directory;
  }

  public Path databaseSocket() {
    return directory.resolve("db.sock");
  }

  public Path managementSocket() {
    return directory.resolve(BRIDGE + ".mgmt");
  }

  private Process startDaemon() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("ovs-vswitchd", "unix:" + databaseSocket(), "--unixctl=" + controlSocket()));
    command.addAll(namespace == null ? List.of("--enable-dummy", "--disable-system") : List.of());
    command.addAll(List.of("-vsyslog:off", "-vconsole:err", "-vfile:off"));
    Process started = spawn(command.toArray(String[]::new));
    await().until(() -> Files.exists(controlSocket()));
    return started;
  }

  private Path controlSocket() {
    return directory.resolve("vswitchd.ctl");
  }

  private Process spawn(String... command) throws IOException {
    List<String> full = new ArrayList<>();
    if (namespace != null) {
      full.addAll(List.of("ip", "netns", "exec", namespace));
    }
    full.addAll(Arrays.asList(command));
    ProcessBuilder builder =
        new ProcessBuilder(full)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("out.log").toFile()));
    builder.environment().put("OVS_RUNDIR", directory.toString());
    return builder.start();
  }

  /** The processor time that vswitchd has taken since it was started. */
  public synchronized Duration daemonCpu() {
    return daemon.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  public String vsctl(String... args) {
    return tool("ovs-vsctl", "--db=unix:" + databaseSocket(), "--timeout=10", args);
  }

  /** With OpenFlow 1.4, on our bridge's management socket. */
  public String ofctl(String command, String... args) {
    List<String> all = new ArrayList<>(List.of(command, "unix:" + managementSocket()));
    all.addAll(Arrays.asList(args));
    return tool("ovs-ofctl", "-O", "OpenFlow14", all.toArray(String[]::new));
  }

  private String tool(String name, String first, String second, String... args) {
    List<String> command = new ArrayList<>(List.of(name, first, second));
    command.addAll(Arrays.asList(args));
    return Shell.run(Map.of("OVS_RUNDIR", directory.toString()), command);
  }

  /** Over one connection that stays. */
  public synchronized String appctl(String method, String... params) {
    try {
      if (control == null) {
        control = new Unixctl(controlSocket());
      }
      return control.call(method, params);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns when no packet is carried by what the tables said before now. The datapath keeps what
   * it has learned of them until the revalidators have looked again, which a barrier does not wait
   * for.
   *
   * <p>Twice, because the first answer may come from a look that had begun before.
   */
  public void settle() {
    appctl("revalidator/wait");
    appctl("revalidator/wait");
  }

  /**
   * What the datapath would do with a packet: its actions, or {@code drop}, also where the
   * controller is shown a sample of what is dropped.
   */
  public String trace(String packet) {
    String answer = appctl("ofproto/trace", BRIDGE, packet);
    Matcher actions = DATAPATH_ACTIONS.matcher(answer);
    if (!actions.find()) {
      throw new IllegalStateException(answer);
    }
    String all = actions.group(1).strip();
    return SAMPLED_DROP.matcher(all).matches() ? "drop" : all;
  }

  /** Lets a packet in, in the form {@code in_port(1),eth(...),...} of the datapath. */
  public void inject(String port, String packet) {
    appctl("netdev-dummy/receive", port, packet);
  }

  /** A dummy port for a replica, as a node would add it; its number is the one asked for. */
  public void plugDummy(Replica replica, int number) {
    vsctl(plugArguments(replica, number));
  }

  /** A replica's network device, which must be in this switch's namespace. */
  public void plugDevice(Replica replica, String device) {
    vsctl(
        "add-port",
        BRIDGE,
        device,
        "--",
        "set",
        "interface",
        device,
        "external_ids:directfaas-replica=" + replica.id(),
        "external_ids:attached-mac=\"" + replica.mac() + "\"");
  }

  /** Several at once, which is much faster than one by one. */
  public void plugDummies(Map<Replica, Integer> numbers) {
    List<String> args = new ArrayList<>();
    numbers.forEach(
        (replica, number) -> {
          args.add("--");
          args.addAll(Arrays.asList(plugArguments(replica, number)));
        });
    vsctl(args.toArray(String[]::new));
  }

  public static String portName(int number) {
    return "p" + number;
  }

  private static String[] plugArguments(Replica replica, int number) {
    return new String[] {
      "add-port",
      BRIDGE,
      portName(number),
      "--",
      "set",
      "interface",
      portName(number),
      "type=dummy",
      "ofport_request=" + number,
      "external_ids:directfaas-replica=" + replica.id(),
      "external_ids:attached-mac=\"" + replica.mac() + "\"",
      "external_ids:ip-address=" + replica.ip()
    };
  }

  public void unplug(int number) {
    vsctl("del-port", BRIDGE, portName(number));
  }

  /** All flows, without counters, in a form that can be compared. */
  public List<String> flows() {
    return ofctl("dump-flows", "--no-stats").lines().map(String::strip).sorted().toList();
  }

  /** Kills vswitchd without warning and starts it again; its flows are gone then. */
  public synchronized void restartDaemon() throws Exception {
    Unixctl open = control;
    if (open != null) {
      open.close();
      control = null;
    }
    daemon.destroyForcibly().waitFor();
    Files.deleteIfExists(controlSocket());
    Files.deleteIfExists(managementSocket());
    daemon = startDaemon();
  }

  @Override
  public void close() {
    for (Process process : new Process[] {daemon, database}) {
      process.destroy();
      try {
        if (!process.waitFor(3, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor(3, TimeUnit.SECONDS);
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For tests that wait for something of the switch. */
  public static final Duration PATIENCE = Duration.ofSeconds(15);
}
