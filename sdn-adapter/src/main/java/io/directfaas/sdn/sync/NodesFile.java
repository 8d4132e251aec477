package io.directfaas.sdn.sync;

import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The nodes of the fabric, in a JSON file that is read again when it changes:
 *
 * <pre>
 * {"nodes": [{"name": "n1", "address": "192.0.2.1", "dpid": "0000000000000001",
 *             "ovsdb": "ssl:192.0.2.1:6640"}]}
 * </pre>
 *
 * What cannot be read changes nothing: the nodes known last stay.
 */
public final class NodesFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodesFile.class);
  private static final long POLL_MS = 500;

  private final Path file;
  private final Consumer<List<NodeSpec>> onChange;
  private final Thread reader;
  private String content = "";
  private String reported = "";
  private volatile String lastError = "";
  private volatile boolean closing;

  /**
   * @param onChange gets all nodes, one call at a time
   */
  public NodesFile(Path file, Consumer<List<NodeSpec>> onChange) {
    this.file = file;
    this.onChange = onChange;
    this.reader = Thread.ofVirtual().name("nodes-file").unstarted(this::follow);
  }

  public void start() {
    reader.start();
  }

  /** Why the file's present content is not in force; empty when it is. */
  public String lastError() {
    return lastError;
  }

  private void follow() {
    while (!closing) {
      look();
      try {
        TimeUnit.MILLISECONDS.sleep(POLL_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Compares content: a file that is mounted may change without a new time. */
  private void look() {
    try {
      String now = Files.readString(file, StandardCharsets.UTF_8);
      if (!now.equals(content)) {
        List<NodeSpec> nodes = parse(now);
        content = now;
        onChange.accept(nodes);
      }
      lastError = "";
      reported = "";
    } catch (IOException | RuntimeException e) {
      lastError = file + ": " + (e instanceof IOException ? e.toString() : e.getMessage());
      if (!lastError.equals(reported)) {
        reported = lastError;
        log.warn("the nodes stay as they were: {}", lastError);
      }
    }
  }

  /**
   * @throws IllegalArgumentException if it is not such a file; the message names the field
   */
  static List<NodeSpec> parse(String text) {
    JsonNode root;
    try {
      root = JsonMapper.builder().build().readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("is no JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.path("nodes").isArray()) {
      throw new IllegalArgumentException("nodes: must be a list");
    }
    Map<String, NodeSpec> nodes = new LinkedHashMap<>();
    Map<Long, String> dpids = new LinkedHashMap<>();
    int index = 0;
    for (JsonNode each : root.path("nodes")) {
      String where = "nodes[" + index++ + "]";
      NodeSpec node = node(where, each);
      if (nodes.put(node.name(), node) != null) {
        throw new IllegalArgumentException(where + ".name: \"" + node.name() + "\" stands twice");
      }
      String other = node.dpid() == 0 ? null : dpids.put(node.dpid(), node.name());
      if (other != null) {
        throw new IllegalArgumentException(where + ".dpid: is that of node " + other + ", too");
      }
    }
    return List.copyOf(nodes.values());
  }

  private static NodeSpec node(String where, JsonNode node) {
    String name = node.path("name").asString("");
    if (name.isBlank()) {
      throw new IllegalArgumentException(where + ".name: is missing");
    }
    String address = node.path("address").asString("");
    String dpid = node.path("dpid").asString("").replace(":", "");
    String ovsdb = node.path("ovsdb").asString("");
    try {
      return new NodeSpec(
          name,
          address.isEmpty() ? null : Ipv4.parse(address),
          dpid.isEmpty() ? 0 : Long.parseUnsignedLong(dpid, 16),
          ovsdb.isEmpty() ? null : OvsdbAddress.parse(ovsdb));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          where + ".dpid: \"" + dpid + "\" is no number of 16 hexadecimal digits", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    closing = true;
    reader.interrupt();
  }
}
