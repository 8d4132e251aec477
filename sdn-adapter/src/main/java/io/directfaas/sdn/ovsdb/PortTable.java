package io.directfaas.sdn.ovsdb;

import io.directfaas.graph.MacAddress;
import io.directfaas.sdn.pipeline.Port;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rows of Bridge, Port and Interface as far as they tell which replica is plugged in where.
 * Pure bookkeeping; not thread-safe.
 */
final class PortTable {
  static final String REPLICA_KEY = "directfaas-replica";
  static final String MAC_KEY = "attached-mac";

  /**
   * OpenFlow 1.4.0 section 7.2.1: ports for switches end at OFPP_MAX; Open vSwitch itself numbers
   * 16-bit.
   */
  private static final int MAX_PORT = 0xff00;

  private record Interface(String replicaId, int ofPort, @Nullable MacAddress mac) {}

  private final String bridge;
  private final Map<String, Set<String>> portsOfBridge = new HashMap<>();
  private final Map<String, Set<String>> interfacesOfPort = new HashMap<>();
  private final Map<String, Interface> interfaces = new HashMap<>();

  PortTable(String bridge) {
    this.bridge = bridge;
  }

  /** Takes {@code <table-updates>} of RFC 7047 section 4.1.6. */
  void update(JsonNode updates) {
    updates
        .path("Bridge")
        .properties()
        .forEach(
            row -> {
              JsonNode now = row.getValue().path("new");
              if (now.path("name").asString("").equals(bridge)) {
                portsOfBridge.put(row.getKey(), uuids(now.path("ports")));
              } else {
                portsOfBridge.remove(row.getKey());
              }
            });
    updates
        .path("Port")
        .properties()
        .forEach(
            row -> {
              JsonNode now = row.getValue().path("new");
              if (now.isObject()) {
                interfacesOfPort.put(row.getKey(), uuids(now.path("interfaces")));
              } else {
                interfacesOfPort.remove(row.getKey());
              }
            });
    updates
        .path("Interface")
        .properties()
        .forEach(
            row -> {
              JsonNode now = row.getValue().path("new");
              Map<String, String> ids = map(now.path("external_ids"));
              String replicaId = ids.get(REPLICA_KEY);
              if (now.isObject() && replicaId != null) {
                interfaces.put(
                    row.getKey(),
                    new Interface(replicaId, ofPort(now.path("ofport")), mac(ids.get(MAC_KEY))));
              } else {
                interfaces.remove(row.getKey());
              }
            });
  }

  /**
   * Replica id to port. An interface without an OpenFlow port yet, or with a failed one, is not in
   * it; of two that claim one replica the later port counts.
   */
  Map<String, Port> ports() {
    Map<String, Port> ports = new HashMap<>();
    for (Set<String> bridgePorts : portsOfBridge.values()) {
      for (String port : bridgePorts) {
        for (String uuid : interfacesOfPort.getOrDefault(port, Set.of())) {
          Interface known = interfaces.get(uuid);
          if (known != null && known.ofPort() > 0) {
            ports.merge(
                known.replicaId(),
                new Port(known.ofPort(), known.mac()),
                (a, b) -> a.number() > b.number() ? a : b);
          }
        }
      }
    }
    return Map.copyOf(ports);
  }

  /**
   * An interface is added in two steps: first {@code ["set",[]]}, some milliseconds later the
   * number; -1 when it failed.
   */
  private static int ofPort(JsonNode value) {
    int number = value.isIntegralNumber() ? value.asInt() : -1;
    return number > 0 && number < MAX_PORT ? number : -1;
  }

  private static @Nullable MacAddress mac(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return MacAddress.parse(text);
    } catch (IllegalArgumentException e) {
      // Fits no replica, so that a mistyped address opens nothing.
      return new MacAddress(0);
    }
  }

  /**
   * A set of uuids is {@code ["set",[["uuid",u],...]]}, or bare {@code ["uuid",u]} when it is one.
   */
  private static Set<String> uuids(JsonNode value) {
    Set<String> found = new HashSet<>();
    List<JsonNode> atoms = new ArrayList<>();
    if (value.path(0).asString("").equals("set")) {
      value.path(1).forEach(atoms::add);
    } else {
      atoms.add(value);
    }
    for (JsonNode atom : atoms) {
      if (atom.path(0).asString("").equals("uuid")) {
        found.add(atom.path(1).asString(""));
      }
    }
    return found;
  }

  /** {@code ["map",[[k,v],...]]}. */
  private static Map<String, String> map(JsonNode value) {
    Map<String, String> found = new HashMap<>();
    value.path(1).forEach(pair -> found.put(pair.path(0).asString(""), pair.path(1).asString("")));
    return found;
  }
}
