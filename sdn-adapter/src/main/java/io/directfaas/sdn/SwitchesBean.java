package io.directfaas.sdn;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.openflow.TlsFiles;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.sync.CentralFabric;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.FileLease;
import io.directfaas.sdn.sync.Leadership;
import io.directfaas.sdn.sync.NodeSpec;
import io.directfaas.sdn.sync.NodesFile;
import io.directfaas.sdn.sync.SwitchSync;
import io.directfaas.sdn.sync.SyncConfig;
import io.directfaas.sdn.sync.Wakeup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The switches: the one of this node, over its management socket, or those of all nodes, which
 * connect to us. Once it is clear that this adapter is the one that writes, the graph is watched.
 */
final class SwitchesBean implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwitchesBean.class);

  private final SdnProperties properties;
  private final SyncConfig config;
  private final FabricSync sync;
  private final Leadership leadership;
  private final Optional<TlsFiles> tls;
  private final GraphWatcher watcher;
  private final AtomicBoolean watching = new AtomicBoolean();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private volatile Map<String, Ipv4> addresses = Map.of();

  SwitchesBean(
      SdnProperties properties,
      SyncConfig config,
      FabricSync sync,
      Leadership leadership,
      Optional<TlsFiles> tls,
      GraphWatcher watcher) {
    this.properties = properties;
    this.config = config;
    this.sync = sync;
    this.leadership = leadership;
    this.tls = tls;
    this.watcher = watcher;
  }

  /**
   * @throws IllegalArgumentException if a setting is wrong; the message names it
   */
  void start() throws InterruptedException {
    TunnelConfig tunnel = new TunnelConfig(properties.tunnelType(), properties.tunnelMtu());
    Runnable changed = properties.listen().isEmpty() ? ownSwitch(tunnel) : all(tunnel);
    if (leadership instanceof FileLease lease) {
      lease.onChange(changed);
      lease.onChange(this::watchIfLeading);
      lease.start();
      opened.push(lease);
    }
    watchIfLeading();
  }

  private void watchIfLeading() {
    if (leadership.epoch().isPresent() && watching.compareAndSet(false, true)) {
      watcher.start();
    }
  }

  private Runnable ownSwitch(TunnelConfig tunnel) {
    if (!properties.nodesFile().isEmpty() && properties.node().isEmpty()) {
      throw new IllegalArgumentException(
          "directfaas.sdn.node: must be given with nodes-file, to know which of them this one is");
    }
    Wakeup wakeup = new Wakeup();
    SwitchConnection connection =
        new SwitchConnection(
            SwitchAddress.unix(properties.openflowSocket()),
            SessionConfig.defaults(),
            wakeup::signal);
    opened.push(connection);
    PortWatch ports =
        new PortWatch(
            new OvsdbAddress.Unix(properties.ovsdbSocket()),
            null,
            properties.bridge(),
            tunnel,
            wakeup::signal);
    opened.push(ports);
    connection.start();
    ports.start();
    if (!properties.nodesFile().isEmpty()) {
      follow(
          nodes -> {
            addresses = addressesOf(nodes);
            wakeup.signal();
          });
    }
    sync.join(
        new SwitchSync(
            properties.node(), config, connection, ports, wakeup, () -> addresses, leadership));
    return wakeup::signal;
  }

  private static Map<String, Ipv4> addressesOf(List<NodeSpec> nodes) {
    Map<String, Ipv4> found = new HashMap<>();
    for (NodeSpec node : nodes) {
      Ipv4 address = node.address();
      if (address != null) {
        found.put(node.name(), address);
      }
    }
    return Map.copyOf(found);
  }

  private Runnable all(TunnelConfig tunnel) throws InterruptedException {
    if (properties.nodesFile().isEmpty()) {
      throw new IllegalArgumentException(
          "directfaas.sdn.nodes-file: must be given with listen, to know whose the switches are");
    }
    OvsdbAddress address = listenAddress(properties.listen());
    boolean secured = address instanceof OvsdbAddress.Tls;
    if (secured && tls.isEmpty()) {
      throw new IllegalArgumentException(
          "directfaas.sdn.tls-key: must be given, with tls-certificate and tls-ca, to listen on"
              + " ssl:");
    }
    if (!secured) {
      log.warn("switches connect without TLS: whoever reaches {} can pose as one", address);
    }
    @Nullable SSLContext databaseTls = tls.map(TlsFiles::forClient).orElse(null);
    CentralFabric fabric =
        new CentralFabric(
            new CentralFabric.Settings(config, properties.bridge(), tunnel, databaseTls),
            sync,
            leadership,
            secured ? tls.map(TlsFiles::forServer).orElse(null) : null,
            SessionConfig.defaults());
    opened.push(fabric);
    try {
      switch (address) {
        case OvsdbAddress.Tcp at -> fabric.listen(at.host(), at.port());
        case OvsdbAddress.Tls at -> fabric.listen(at.host(), at.port());
        case OvsdbAddress.Unix at -> throw new IllegalArgumentException(at.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    follow(fabric::nodes);
    return fabric::signalAll;
  }

  private static OvsdbAddress listenAddress(String setting) {
    try {
      OvsdbAddress address = OvsdbAddress.parse(setting);
      if (!(address instanceof OvsdbAddress.Unix)) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // In the words of this setting.
    }
    throw new IllegalArgumentException(
        "directfaas.sdn.listen: \""
            + setting
            + "\" is neither tcp:ADDRESS:PORT nor ssl:ADDRESS:PORT");
  }

  private void follow(java.util.function.Consumer<List<NodeSpec>> onChange) {
    NodesFile file = new NodesFile(Path.of(properties.nodesFile()), onChange);
    file.start();
    opened.push(file);
  }

  @Override
  public void close() throws Exception {
    sync.close();
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
