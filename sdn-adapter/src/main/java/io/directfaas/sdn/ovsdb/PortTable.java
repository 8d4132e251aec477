package io.directfaas.sdn.ovsdb;

import io.directfaas.graph.Ipv4;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The rows of Open_vSwitch, Bridge, Port and Interface as far as they tell what is plugged in
 * where, and how the node is reached. Pure bookkeeping; not thread-safe.
 */
final class PortTable {
  /** Marks the tunnel's interface as ours. */
  static final String TUNNEL_KEY = "directfaas-tunnel";

  /** Where a node takes tunnels: our own key, else the one that OVN has. */
  private static final List<String> ADDRESS_KEYS = List.of("directfaas-tunnel-ip", "ovn-encap-ip");

  /**
   * OpenFlow 1.4.0 section 7.2.1: ports for switches end at OFPP_MAX; Open vSwitch itself numbers
   * 16-bit.
   */
  private static final int MAX_PORT = 0xff00;

  private record Interface(
      String name, String type, int ofPort, int mtu, String error, Map<String, String> ids) {
    boolean isTunnel() {
      return ids.containsKey(TUNNEL_KEY);
    }
  }

  private record Bridge(Set<String> ports, String dpid, String failMode) {}

  private final String bridge;
  private final TunnelConfig tunnel;
  private final Map<String, Bridge> bridges = new HashMap<>();
  private final Map<String, Set<String>> interfacesOfPort = new HashMap<>();
  private final Map<String, Interface> interfaces = new HashMap<>();
  private Map<String, String> ofHost = Map.of();

  PortTable(String bridge, TunnelConfig tunnel) {
    this.bridge = bridge;
    this.tunnel = tunnel;
  }

  /** Takes {@code <table-updates>} of RFC 7047 section 4.1.6. */
  void update(JsonNode updates) {
    for (Map.Entry<String, JsonNode> row : updates.path("Open_vSwitch").properties()) {
      JsonNode now = row.getValue().path("new");
      if (now.isObject()) {
        ofHost = map(now.path("external_ids"));
      }
    }
    for (Map.Entry<String, JsonNode> row : updates.path("Bridge").properties()) {
      JsonNode now = row.getValue().path("new");
      if (now.path("name").asString("").equals(bridge)) {
        bridges.put(
            row.getKey(),
            new Bridge(
                uuids(now.path("ports")),
                now.path("datapath_id").asString(""),
                now.path("fail_mode").asString("")));
      } else {
        bridges.remove(row.getKey());
      }
    }
    for (Map.Entry<String, JsonNode> row : updates.path("Port").properties()) {
      JsonNode now = row.getValue().path("new");
      if (now.isObject()) {
        interfacesOfPort.put(row.getKey(), uuids(now.path("interfaces")));
      } else {
        interfacesOfPort.remove(row.getKey());
      }
    }
    for (Map.Entry<String, JsonNode> row : updates.path("Interface").properties()) {
      JsonNode now = row.getValue().path("new");
      if (now.isObject()) {
        interfaces.put(
            row.getKey(),
            new Interface(
                now.path("name").asString(""),
                now.path("type").asString(""),
                ofPort(now.path("ofport")),
                now.path("mtu").asInt(0),
                now.path("error").asString(""),
                map(now.path("external_ids"))));
      } else {
        interfaces.remove(row.getKey());
      }
    }
  }

  /** Whether the bridge is there, with a tunnel of the wanted type or without any. */
  enum TunnelState {
    NO_BRIDGE,
    MISSING,
    OTHER_TYPE,
    RIGHT
  }

  TunnelState tunnelState() {
    if (bridges.isEmpty()) {
      return TunnelState.NO_BRIDGE;
    }
    for (Interface each : ofBridge()) {
      if (each.isTunnel()) {
        return each.type().equals(tunnel.type()) ? TunnelState.RIGHT : TunnelState.OTHER_TYPE;
      }
    }
    return TunnelState.MISSING;
  }

  BridgeView view() {
    List<PortClaim> claims = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    int tunnelPort = 0;
    for (Interface each : ofBridge()) {
      if (each.isTunnel() && tunnel.wanted()) {
        if (each.ofPort() > 0 && each.type().equals(tunnel.type())) {
          tunnelPort = each.ofPort();
        } else if (!each.error().isEmpty()) {
          problems.add("tunnel port " + each.name() + ": " + each.error());
        }
      } else if (each.ofPort() > 0 && !each.ids().isEmpty()) {
        claims.add(new PortClaim(each.ofPort(), each.ids(), each.mtu()));
        if (tunnel.wanted() && each.mtu() > tunnel.mtu()) {
          problems.add(
              "port %s has MTU %d, but through the tunnel pass only %d: set it for the replica"
                  .formatted(each.name(), each.mtu(), tunnel.mtu()));
        }
      }
    }
    claims.sort(Comparator.comparingInt(PortClaim::number));
    String dpid = "";
    for (Bridge each : bridges.values()) {
      dpid = each.dpid();
      if (!each.failMode().equals("secure")) {
        problems.add(
            "bridge %s would forward by itself when no one controls it: set its fail_mode to secure"
                .formatted(bridge));
      }
    }
    return new BridgeView(claims, tunnelPort, dpid, tunnelAddress(), problems);
  }

  private @Nullable Ipv4 tunnelAddress() {
    for (String key : ADDRESS_KEYS) {
      String text = ofHost.get(key);
      if (text != null) {
        try {
          return Ipv4.parse(text.strip());
        } catch (IllegalArgumentException e) {
          // Another key may do better.
        }
      }
    }
    return null;
  }

  private List<Interface> ofBridge() {
    List<Interface> found = new ArrayList<>();
    for (Bridge each : bridges.values()) {
      for (String port : each.ports()) {
        for (String uuid : interfacesOfPort.getOrDefault(port, Set.of())) {
          Interface known = interfaces.get(uuid);
          if (known != null) {
            found.add(known);
          }
        }
      }
    }
    found.sort(Comparator.comparing(Interface::name));
    return found;
  }

  /**
   * An interface is added in two steps: first {@code ["set",[]]}, some milliseconds later the
   * number; -1 when it failed.
   */
  private static int ofPort(JsonNode value) {
    int number = value.isIntegralNumber() ? value.asInt(-1) : -1;
    return number > 0 && number < MAX_PORT ? number : -1;
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
