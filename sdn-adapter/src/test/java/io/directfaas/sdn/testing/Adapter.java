package io.directfaas.sdn.testing;

import io.directfaas.graph.Graph;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.sync.FabricStatus;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.SwitchSync;
import io.directfaas.sdn.sync.SyncConfig;
import io.directfaas.sdn.sync.Wakeup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The adapter as it runs, without the graph's watch and HTTP. */
public final class Adapter implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final SwitchConnection connection;
  private final PortWatch portWatch;
  private final FabricSync sync;

  public Adapter(OvsInstance ovs) {
    this(ovs, audits(Duration.ofSeconds(30)));
  }

  public Adapter(OvsInstance ovs, SyncConfig config) {
    this(ovs.managementSocket(), ovs.databaseSocket(), config);
  }

  /** Over sockets that may lead there by a detour. */
  public Adapter(Path managementSocket, Path databaseSocket, SyncConfig config) {
    Wakeup wakeup = new Wakeup();
    connection =
        new SwitchConnection(
            SwitchAddress.unix(managementSocket), SessionConfig.defaults(), wakeup::signal);
    portWatch =
        new PortWatch(
            new OvsdbAddress.Unix(databaseSocket),
            null,
            OvsInstance.BRIDGE,
            TunnelConfig.NONE,
            wakeup::signal);
    sync = new FabricSync(config);
    connection.start();
    portWatch.start();
    sync.join(new SwitchSync("", config, connection, portWatch, wakeup));
  }

  public static SyncConfig audits(Duration interval) {
    return new SyncConfig(
        interval, Duration.ofSeconds(2), OvsInstance.PATIENCE, Duration.ofSeconds(60));
  }

  public FabricSync sync() {
    return sync;
  }

  public FabricStatus status() {
    return sync.status();
  }

  public void prepare(Graph graph) throws Exception {
    sync.prepare(graph).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  public void retire(long revision) throws Exception {
    sync.retire(revision).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Carries exactly this graph. */
  public void carry(Graph graph) throws Exception {
    prepare(graph);
    retire(graph.revision());
  }

  @Override
  public void close() {
    sync.close();
    connection.close();
    portWatch.close();
  }
}
