package io.directfaas.standalone.config;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings of one stack. Several stacks may run side by side on a machine when their instance,
 * directories and ports differ.
 *
 * @param instance the prefix of every name the stack gives on this machine, such as network
 *     namespaces; at most 20 characters of a DNS label
 * @param stateDir what must survive a reboot; other users must be able to traverse it, because
 *     functions and sidecars run as users of their own
 * @param runDir what is of no use after a reboot: sockets, pid files, logs; traversable as well
 * @param ports where the services listen on the loopback interface
 * @param tools the programs that are not Debian's
 * @param fabric what joins the replicas
 */
public record StackConfig(
    String instance, Path stateDir, Path runDir, Ports ports, Tools tools, Fabric fabric) {
  public static final String DEFAULT_INSTANCE = "df";

  private static final Path DEFAULT_STATE = Path.of("/var/lib/directfaas");
  private static final Path DEFAULT_RUN = Path.of("/run/directfaas");
  private static final Pattern INSTANCE = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
  private static final int LONGEST_INSTANCE = 20;

  /**
   * A unix socket's path has at most 107 bytes (sockaddr_un), and {@code
   * /sidecars/<replica>/admin.sock} takes 61 of them.
   */
  private static final int LONGEST_RUN_DIR = 46;

  /**
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public StackConfig {
    require(
        INSTANCE.matcher(instance).matches() && instance.length() <= LONGEST_INSTANCE,
        "instance: '%s' is not a DNS label of at most %d characters",
        instance,
        LONGEST_INSTANCE);
    require(stateDir.isAbsolute(), "stateDir: %s is not absolute", stateDir);
    require(runDir.isAbsolute(), "runDir: %s is not absolute", runDir);
    require(
        runDir.toString().length() <= LONGEST_RUN_DIR,
        "runDir: %s is longer than %d characters, too long for the sockets in it",
        runDir,
        LONGEST_RUN_DIR);
    require(!runDir.equals(stateDir), "runDir: %s is the stateDir as well", runDir);
  }

  /** The default stack, with the programs where {@code setup} puts them. */
  public static StackConfig defaults() {
    return instance(DEFAULT_INSTANCE);
  }

  /**
   * A stack of that name with the default ports, which only one stack can have; the directories of
   * any but the default instance are directories of its own below the default ones.
   */
  public static StackConfig instance(String instance) {
    boolean isDefault = instance.equals(DEFAULT_INSTANCE);
    return new StackConfig(
        instance,
        isDefault ? DEFAULT_STATE : DEFAULT_STATE.resolve(instance),
        isDefault ? DEFAULT_RUN : Path.of(DEFAULT_RUN + "-" + instance),
        Ports.defaults(),
        Tools.defaults(DEFAULT_STATE),
        Fabric.OVS);
  }

  public StackConfig withStateDir(Path dir) {
    return new StackConfig(instance, dir, runDir, ports, tools, fabric);
  }

  public StackConfig withRunDir(Path dir) {
    return new StackConfig(instance, stateDir, dir, ports, tools, fabric);
  }

  public StackConfig withPorts(Ports newPorts) {
    return new StackConfig(instance, stateDir, runDir, newPorts, tools, fabric);
  }

  public StackConfig withTools(Tools newTools) {
    return new StackConfig(instance, stateDir, runDir, ports, newTools, fabric);
  }

  public StackConfig withFabric(Fabric newFabric) {
    return new StackConfig(instance, stateDir, runDir, ports, tools, newFabric);
  }

  public Layout layout() {
    return new Layout(instance, stateDir, runDir);
  }

  /** What joins the replicas of a stack. */
  public enum Fabric {
    /** Open vSwitch: the graph's edges, and nothing else, can carry packets. */
    OVS,
    /**
     * A plain Linux bridge, over which everybody reaches everybody: no isolation, only there to
     * measure what the switch costs.
     */
    BRIDGE
  }

  /** TCP ports on the loopback interface. */
  public record Ports(
      int ingress,
      int gatewayRest,
      int gatewayMetrics,
      int graphWatch,
      int ads,
      int xdsHttp,
      int openFlow,
      int sdnHttp,
      int queueHttp) {

    /**
     * @throws IllegalArgumentException naming the port that is out of range or there twice
     */
    public Ports {
      Set<Integer> seen = new LinkedHashSet<>();
      for (int port :
          List.of(
              ingress,
              gatewayRest,
              gatewayMetrics,
              graphWatch,
              ads,
              xdsHttp,
              openFlow,
              sdnHttp,
              queueHttp)) {
        require(port > 0 && port <= 65535, "ports: %d is not a TCP port", port);
        require(seen.add(port), "ports: %d is given twice", port);
      }
    }

    public static Ports defaults() {
      return new Ports(8080, 8081, 8082, 9010, 18000, 18001, 6653, 6654, 8083);
    }
  }

  /**
   * Programs and files that the stack uses from outside its own directories.
   *
   * @param envoy the Envoy binary
   * @param java the java launcher for watchdogs
   * @param watchdogJar the watchdog for images that run a command per request
   * @param aliases YAML file that maps image names to commands of this machine; may be missing
   */
  public record Tools(Path envoy, Path java, Path watchdogJar, Path aliases) {
    /** Pinned here only for where {@code setup} puts it; the version itself is the build's. */
    private static final String ENVOY = "tools/envoy-1.40.0/envoy";

    public static Tools defaults(Path stateDir) {
      return new Tools(
          stateDir.resolve(ENVOY),
          Path.of(System.getProperty("java.home"), "bin", "java"),
          stateDir.resolve("tools/watchdog.jar"),
          stateDir.resolve("aliases.yml"));
    }
  }

  private static void require(boolean valid, String message, Object... args) {
    if (!valid) {
      throw new IllegalArgumentException(message.formatted(args));
    }
  }
}
