package io.directfaas.sdn.ovsdb;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the database of Open vSwitch: what is plugged in where, and how the node is reached. Sees
 * to it that the bridge has the tunnel port it is to have. While the database is away, what was
 * known last holds: the ports are still there.
 */
public final class PortWatch implements PortSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PortWatch.class);
  private static final String DATABASE = "Open_vSwitch";
  private static final Map<String, List<String>> COLUMNS =
      Map.of(
          "Open_vSwitch", List.of("external_ids"),
          "Bridge", List.of("name", "ports", "datapath_id", "fail_mode"),
          "Port", List.of("interfaces"),
          "Interface", List.of("name", "type", "ofport", "mtu", "error", "external_ids"));
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final long TUNNEL_CHECK_MS = 5000;
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1000;

  private final OvsdbAddress address;
  private final @Nullable SSLContext tls;
  private final String bridge;
  private final TunnelConfig tunnel;
  private final Runnable onChange;
  private final Thread keeper;
  private volatile boolean closing;
  private volatile boolean connected;
  private volatile @Nullable JsonRpcPeer peer;
  private volatile @Nullable BridgeView view;
  private volatile String lastError = "not connected yet";

  /**
   * @param address the database
   * @param tls for an {@code ssl:} address
   * @param bridge only this bridge's ports count: other bridges number theirs anew
   * @param tunnel the tunnel port that the bridge is to have; made if it is missing
   * @param onChange called when {@link #bridge()} has changed; must not block
   */
  public PortWatch(
      OvsdbAddress address,
      @Nullable SSLContext tls,
      String bridge,
      TunnelConfig tunnel,
      Runnable onChange) {
    this.address = address;
    this.tls = tls;
    this.bridge = bridge;
    this.tunnel = tunnel;
    this.onChange = onChange;
    this.keeper = Thread.ofVirtual().name("ovsdb-keeper").unstarted(this::keep);
  }

  public void start() {
    keeper.start();
  }

  @Override
  public Optional<BridgeView> bridge() {
    return Optional.ofNullable(view);
  }

  @Override
  public boolean connected() {
    return connected;
  }

  @Override
  public String lastError() {
    return connected ? "" : lastError;
  }

  private void keep() {
    long pause = FIRST_PAUSE_MS;
    String reported = "";
    while (!closing) {
      try {
        follow();
        pause = FIRST_PAUSE_MS;
        reported = "";
      } catch (IOException e) {
        lastError = "cannot read " + address + ": " + e.getMessage();
        if (!lastError.equals(reported)) {
          log.warn("{}; trying again", lastError);
          reported = lastError;
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        connected = false;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Returns when the connection has ended. */
  private void follow() throws IOException, InterruptedException {
    PortTable table = new PortTable(bridge, tunnel);
    // Updates may overtake the reply to monitor by a thread's width; the table's lock and this flag
    // make the snapshot the first thing that is applied.
    Object lock = new Object();
    boolean[] primed = {false};
    List<JsonNode> early = new java.util.ArrayList<>();
    try (JsonRpcPeer rpc =
        JsonRpcPeer.connect(
            address,
            tls,
            (method, params) -> {
              if (!method.equals("update")) {
                return;
              }
              synchronized (lock) {
                if (primed[0]) {
                  table.update(params.path(1));
                  publish(table);
                } else {
                  early.add(params.path(1));
                }
              }
            })) {
      peer = rpc;
      if (closing) {
        return;
      }
      JsonNode snapshot = rpc.call("monitor", monitorParams(), ANSWER_LIMIT);
      synchronized (lock) {
        table.update(snapshot);
        early.forEach(table::update);
        primed[0] = true;
        connected = true;
        publish(table);
      }
      log.info("following {} for bridge {}", address, bridge);
      lastError = keepTunnel(rpc, table, lock);
      log.info("{}: {}", address, lastError);
    } catch (ExecutionException e) {
      throw new IOException(e);
    } finally {
      peer = null;
    }
  }

  /** Looks after the tunnel port until the connection ends, and says why it did. */
  private String keepTunnel(JsonRpcPeer rpc, PortTable table, Object lock)
      throws IOException, InterruptedException, ExecutionException {
    if (!tunnel.wanted()) {
      return rpc.ended().get();
    }
    while (true) {
      PortTable.TunnelState state;
      synchronized (lock) {
        state = table.tunnelState();
      }
      switch (state) {
        case MISSING -> transact(rpc, TunnelPort.create(DATABASE, bridge, tunnel));
        case OTHER_TYPE -> transact(rpc, TunnelPort.change(DATABASE, bridge, tunnel));
        case NO_BRIDGE, RIGHT -> {}
      }
      try {
        return rpc.ended().get(TUNNEL_CHECK_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It lives; look again.
      }
    }
  }

  /**
   * RFC 7047 section 4.1.3: the answer holds an error where an operation, or the commit, failed.
   */
  private static void transact(JsonRpcPeer rpc, ArrayNode params)
      throws IOException, InterruptedException {
    JsonNode results = rpc.call("transact", params, ANSWER_LIMIT);
    for (JsonNode result : results) {
      if (result.has("error")) {
        throw new IOException("the tunnel port could not be made: " + result);
      }
    }
    log.info("made or changed the tunnel port");
  }

  private void publish(PortTable table) {
    BridgeView now = table.view();
    if (!now.equals(view)) {
      view = now;
      onChange.run();
    }
  }

  private static ArrayNode monitorParams() {
    ObjectNode requests = JsonRpcPeer.json().createObjectNode();
    COLUMNS.forEach(
        (table, columns) -> {
          ArrayNode names = requests.putObject(table).putArray("columns");
          columns.forEach(names::add);
        });
    ArrayNode params = JsonRpcPeer.json().createArrayNode();
    return params.add(DATABASE).add("sdn-adapter").add(requests);
  }

  @Override
  public void close() {
    closing = true;
    keeper.interrupt();
    JsonRpcPeer current = peer;
    if (current != null) {
      current.close();
    }
  }
}
