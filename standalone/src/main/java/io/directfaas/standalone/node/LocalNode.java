package io.directfaas.standalone.node;

import io.directfaas.graph.load.SourceCalls;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.function.FunctionRuntime;
import io.directfaas.standalone.node.function.ImageAliases;
import io.directfaas.standalone.node.function.SecretSource;
import io.directfaas.standalone.node.names.Names;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.PlainBridge;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.VirtualSwitch;
import io.directfaas.standalone.node.ovs.PrivateOvs;
import io.directfaas.standalone.node.sidecar.ControlSockets;
import io.directfaas.standalone.node.sidecar.Sidecar;
import io.directfaas.standalone.node.sidecar.SidecarBootstrap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * This machine as a node of the stack: its directories, its switch, its functions.
 *
 * <p>In order: {@link #startFabric}, after which the switch can be programmed; then the provider,
 * which gateway-lite starts.
 */
public final class LocalNode implements AutoCloseable {
  private static final Duration DRAIN_GRACE = Duration.ofSeconds(30);

  private final StackConfig config;
  private final Layout layout;
  private final VirtualSwitch fabric;
  private final FunctionRuntime runtime;
  private final Names names;
  private final LocalProvider provider;
  private final QueueProcess queue;

  /**
   * @param directCalls takes what functions say of calls that passed no proxy
   * @throws IOException if the alias file cannot be read
   */
  public LocalNode(
      StackConfig config,
      SidecarBootstrap bootstrap,
      ControlSockets sockets,
      SecretSource secrets,
      Consumer<SourceCalls> directCalls)
      throws IOException {
    this.config = config;
    this.layout = config.layout();
    this.fabric =
        switch (config.fabric()) {
          case OVS -> new PrivateOvs(layout);
          case BRIDGE -> new PlainBridge(layout);
        };
    this.runtime =
        new FunctionRuntime(
            config, ImageAliases.read(config.tools().aliases()), secrets, directCalls);
    this.names = new Names(layout, new ReplicaNetwork(layout, fabric));
    this.provider =
        new LocalProvider(
            layout,
            hostName(),
            fabric,
            new Sidecar.Starter(layout, config.tools().envoy(), bootstrap, sockets),
            names,
            runtime,
            DRAIN_GRACE);
    this.queue = new QueueProcess(config);
  }

  /**
   * Makes the directories, names the host's namespace, and starts or adopts the switch.
   *
   * @throws IOException in one sentence, if this machine is not fit or anything fails
   */
  public void startFabric() throws IOException, InterruptedException {
    Ownership.directory(layout.runDir(), 0, 0, "rwxr-xr-x");
    Ownership.directory(layout.replicasDir(), 0, 0, "rwx--x--x");
    Ownership.directory(layout.sidecarsDir(), 0, 0, "rwx--x--x");
    Ownership.directory(layout.allNamesDir(), 0, 0, "rwx--x--x");
    Ownership.directory(layout.ovsDir(), 0, 0, "rwx------");
    Ownership.directory(layout.namespaceRegister(), 0, 0, "rwx------");
    Files.createDirectories(layout.stateDir());
    for (Path needed : List.of(layout.runDir(), layout.stateDir())) {
      requireTraversable(needed);
    }
    requireExecutable(config.tools().envoy());
    requireExecutable(config.tools().java());
    requireExecutable(Names.RESOLVER);
    runtime.installWatchdog();
    new Namespaces(layout).attachOwn(layout.hostNamespace());
    fabric.start();
    queue.start();
  }

  /** To be called when gateway-lite has started: its credentials are there then. */
  public void gatewayStarted() throws IOException {
    queue.shareCredentials();
  }

  /** Whether asynchronous calls are taken. */
  public boolean takesAsynchronousCalls() {
    return queue.answers();
  }

  /** Functions and sidecars run as users of their own and must get there. */
  private static void requireTraversable(Path directory) throws IOException {
    for (Path at = directory; at != null; at = at.getParent()) {
      if (!Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        throw new IOException(
            "%s is closed to the users that functions run as; chmod o+x %s, or use another directory"
                .formatted(at, at));
      }
    }
  }

  private static void requireExecutable(Path program) throws IOException {
    if (!Files.isExecutable(program)) {
      throw new IOException(program + " is not there; run setup first");
    }
    Path parent = program.toRealPath().getParent();
    if (parent != null) {
      requireTraversable(parent);
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** The switch of a node whose fabric is Open vSwitch. */
  public PrivateOvs ovs() {
    if (fabric instanceof PrivateOvs ovs) {
      return ovs;
    }
    throw new IllegalStateException("this node's fabric is not Open vSwitch");
  }

  public LocalProvider provider() {
    return provider;
  }

  /** Where callees' names lead; to be told of every graph. */
  public Names names() {
    return names;
  }

  /** Replicas' networks, for what looks at them. */
  public ReplicaNetwork network() {
    return new ReplicaNetwork(layout, fabric);
  }

  /** Cares for nothing any more; switch, sidecars and functions run on. */
  @Override
  public void close() {
    queue.close();
    provider.close();
    fabric.close();
  }

  /** Ends everything on this node and removes what it left. The stack's state stays. */
  public void down() throws IOException, InterruptedException {
    close();
    new Cleanup(layout).sweepAll();
  }
}
