package io.directfaas.sdn.testing;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.sync.FabricStatus;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.Leadership;
import io.directfaas.sdn.sync.SwitchSync;
import io.directfaas.sdn.sync.Wakeup;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The adapter of one node of several, over that node's management socket. */
public final class NodeAdapter implements AutoCloseable {
  private final Wakeup wakeup = new Wakeup();
  private final SwitchConnection connection;
  private final PortWatch ports;
  private final FabricSync sync;
  private volatile Map<String, Ipv4> addresses;

  public NodeAdapter(
      String node, OvsInstance ovs, TunnelConfig tunnel, Map<String, Ipv4> nodeAddresses) {
    addresses = nodeAddresses;
    connection =
        new SwitchConnection(
            SwitchAddress.unix(ovs.managementSocket()), SessionConfig.defaults(), wakeup::signal);
    ports =
        new PortWatch(
            new OvsdbAddress.Unix(ovs.databaseSocket()),
            null,
            OvsInstance.BRIDGE,
            tunnel,
            wakeup::signal);
    var config = Adapter.audits(Duration.ofSeconds(30));
    sync = new FabricSync(config);
    connection.start();
    ports.start();
    sync.join(
        new SwitchSync(node, config, connection, ports, wakeup, () -> addresses, Leadership.ALONE));
  }

  public void nodes(Map<String, Ipv4> now) {
    addresses = now;
    wakeup.signal();
  }

  public PortWatch ports() {
    return ports;
  }

  public FabricSync sync() {
    return sync;
  }

  public FabricStatus status() {
    return sync.status();
  }

  /** Carries exactly this graph. */
  public void carry(Graph graph) throws Exception {
    sync.prepare(graph).toCompletableFuture().get(20, TimeUnit.SECONDS);
    sync.retire(graph.revision()).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    sync.close();
    connection.close();
    ports.close();
  }
}
