package io.directfaas.sdn.ovsdb;

import io.directfaas.sdn.pipeline.Port;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the database of Open vSwitch and says which replica is plugged in where. While the
 * database is away, what was known last holds: the ports are still there.
 */
public final class PortWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PortWatch.class);
  private static final String DATABASE = "Open_vSwitch";
  private static final Map<String, List<String>> COLUMNS =
      Map.of(
          "Bridge", List.of("name", "ports"),
          "Port", List.of("interfaces"),
          "Interface", List.of("ofport", "external_ids"));
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1000;

  private final Path socket;
  private final String bridge;
  private final Runnable onChange;
  private final Thread keeper;
  private volatile boolean closing;
  private volatile boolean connected;
  private volatile @Nullable JsonRpcPeer peer;
  private volatile @Nullable Map<String, Port> ports;
  private volatile String lastError = "not connected yet";

  /**
   * @param socket the database's unix socket
   * @param bridge only this bridge's ports count: other bridges number theirs anew
   * @param onChange called when {@link #ports()} has changed; must not block
   */
  public PortWatch(Path socket, String bridge, Runnable onChange) {
    this.socket = socket;
    this.bridge = bridge;
    this.onChange = onChange;
    this.keeper = Thread.ofVirtual().name("ovsdb-keeper").unstarted(this::keep);
  }

  public void start() {
    keeper.start();
  }

  /** Replica id to port; empty until the database has been read once. */
  public Optional<Map<String, Port>> ports() {
    return Optional.ofNullable(ports);
  }

  public boolean connected() {
    return connected;
  }

  /** Why it is not connected; empty while it is. */
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
        lastError = "cannot read " + socket + ": " + e.getMessage();
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
    PortTable table = new PortTable(bridge);
    // Updates may overtake the reply to monitor by a thread's width; the table's lock and this flag
    // make the snapshot the first thing that is applied.
    Object lock = new Object();
    boolean[] primed = {false};
    List<JsonNode> early = new java.util.ArrayList<>();
    try (JsonRpcPeer rpc =
        JsonRpcPeer.connect(
            socket,
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
      log.info("following {} for bridge {}", socket, bridge);
      lastError = rpc.ended().get();
      log.info("{}: {}", socket, lastError);
    } catch (ExecutionException e) {
      throw new IOException(e);
    } finally {
      peer = null;
    }
  }

  private void publish(PortTable table) {
    Map<String, Port> now = table.ports();
    if (!now.equals(ports)) {
      ports = now;
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
