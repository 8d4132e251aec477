package io.directfaas.sdn.sync;

import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchServer;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The switches of all nodes, which connect to this process. Nodes join, leave and change while it
 * runs.
 */
public final class CentralFabric implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CentralFabric.class);

  /**
   * What all nodes have in common.
   *
   * @param bridge the bridge's name on every node
   * @param databaseTls for databases at {@code ssl:} addresses
   */
  public record Settings(
      SyncConfig sync, String bridge, TunnelConfig tunnel, @Nullable SSLContext databaseTls) {}

  private record Member(NodeSpec spec, PortWatch ports, Wakeup wakeup) {}

  private final Settings settings;
  private final FabricSync sync;
  private final Leadership leadership;
  private final SwitchServer server;

  /** Held by who changes the nodes; to read, no one needs it. */
  private final ReentrantLock changing = new ReentrantLock();

  private final Map<String, Member> members = new ConcurrentHashMap<>();
  private volatile Map<String, Ipv4> configured = Map.of();

  /**
   * @param switchTls null for plain TCP
   */
  public CentralFabric(
      Settings settings,
      FabricSync sync,
      Leadership leadership,
      @Nullable SslContext switchTls,
      SessionConfig session) {
    this.settings = settings;
    this.sync = sync;
    this.leadership = leadership;
    this.server = new SwitchServer(session, switchTls, this::signalAll);
  }

  /**
   * @return the port listened on
   * @throws IOException if it cannot be listened on
   */
  public int listen(String host, int port) throws IOException, InterruptedException {
    return server.listen(host, port);
  }

  /** To be called when something that concerns all switches has changed. */
  public void signalAll() {
    members.values().forEach(member -> member.wakeup().signal());
  }

  /** From now on these are the nodes. */
  public void nodes(List<NodeSpec> now) {
    Set<String> names = new HashSet<>();
    Map<String, Ipv4> addresses = new HashMap<>();
    changing.lock();
    try {
      for (NodeSpec spec : now) {
        names.add(spec.name());
        if (spec.address() != null) {
          addresses.put(spec.name(), spec.address());
        }
      }
      configured = addresses;
      for (String gone : Set.copyOf(members.keySet())) {
        if (!names.contains(gone)) {
          leave(gone);
        }
      }
      for (NodeSpec spec : now) {
        Member known = members.get(spec.name());
        OvsdbAddress ovsdb = spec.ovsdb();
        if (known != null
            && known.spec().dpid() == spec.dpid()
            && Objects.equals(known.spec().ovsdb(), ovsdb)) {
          continue;
        }
        if (known != null) {
          leave(spec.name());
        }
        if (ovsdb != null) {
          join(spec, ovsdb);
        }
      }
    } finally {
      changing.unlock();
    }
    signalAll();
  }

  private void join(NodeSpec spec, OvsdbAddress ovsdb) {
    Wakeup wakeup = new Wakeup();
    // Its address may be the database's to say, and is then the others' business.
    PortWatch ports =
        new PortWatch(
            ovsdb, settings.databaseTls(), settings.bridge(), settings.tunnel(), this::signalAll);
    members.put(spec.name(), new Member(spec, ports, wakeup));
    ports.start();
    sync.join(
        new SwitchSync(
            spec.name(),
            settings.sync(),
            server.link(() -> dpid(spec, ports)),
            ports,
            wakeup,
            this::addresses,
            leadership));
    log.info("node {} has joined", spec.name());
  }

  private void leave(String node) {
    Member member = members.remove(node);
    if (member != null) {
      sync.leave(node);
      member.ports().close();
      log.info("node {} has left", node);
    }
  }

  private static long dpid(NodeSpec spec, PortWatch ports) {
    if (spec.dpid() != 0) {
      return spec.dpid();
    }
    String text = ports.bridge().map(bridge -> bridge.dpid()).orElse("");
    try {
      return text.isEmpty() ? 0 : Long.parseUnsignedLong(text, 16);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** The file's word before the database's. */
  private Map<String, Ipv4> addresses() {
    Map<String, Ipv4> all = new HashMap<>(configured);
    members.forEach(
        (name, member) -> {
          Ipv4 told = member.ports().bridge().map(bridge -> bridge.tunnelAddress()).orElse(null);
          if (told != null) {
            all.putIfAbsent(name, told);
          }
        });
    return all;
  }

  @Override
  public void close() {
    members.values().forEach(member -> member.ports().close());
    server.close();
  }
}
