package io.directfaas.standalone.node.net;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Linux bridge in the switch's place. Whose a port is stands in the interface's alias. It
 * isolates nobody: for measurements only.
 */
public final class PlainBridge implements VirtualSwitch {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String REPLICA = "directfaas-replica";

  private final String namespace;
  private final Namespaces namespaces;

  public PlainBridge(Layout layout) {
    this.namespace = layout.fabricNamespace();
    this.namespaces = new Namespaces(layout);
  }

  @Override
  public void start() throws IOException {
    namespaces.create(namespace);
    if (!Tool.attempt(ip("link", "show", Layout.BRIDGE), "", TIMEOUT).ok()) {
      Tool.run(ip("link", "add", Layout.BRIDGE, "type", "bridge"), "");
    }
    Tool.run(ip("link", "set", Layout.BRIDGE, "up"), "");
  }

  @Override
  public void addPort(String name, Map<String, String> externalIds) throws IOException {
    String alias = externalIds.getOrDefault(REPLICA, "");
    Tool.run(ip("link", "set", name, "alias", alias, "master", Layout.BRIDGE), "");
  }

  @Override
  public void removePort(String name) throws IOException {
    // Its interface may be gone already, and its port with it.
    Tool.attempt(ip("link", "set", name, "nomaster"), "", TIMEOUT);
  }

  @Override
  public Map<String, String> ports() throws IOException {
    Map<String, String> ports = new LinkedHashMap<>();
    String port = "";
    for (String line : Tool.run(ip("link", "show", "master", Layout.BRIDGE), "").split("\n", -1)) {
      String[] words = line.strip().split("\\s+", -1);
      if (!line.startsWith(" ") && words.length > 1) {
        // "7: slot3@if2: <BROADCAST,..."
        port = words[1].replaceFirst("[@:].*", "");
      } else if (words[0].equals("alias") && words.length > 1) {
        ports.put(port, words[1]);
      }
    }
    return ports;
  }

  @Override
  public Optional<String> problem() {
    return Optional.empty();
  }

  @Override
  public void close() {}

  private List<String> ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
    command.addAll(List.of(arguments));
    return command;
  }
}
