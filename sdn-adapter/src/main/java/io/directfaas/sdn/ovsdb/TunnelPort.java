package io.directfaas.sdn.ovsdb;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The transactions (RFC 7047 section 4.1.3) that make the tunnel port: one port for all nodes,
 * where each flow says to which one, and with which VNI.
 */
final class TunnelPort {
  private TunnelPort() {}

  /** The name of port and interface; 15 characters at most, as of every network device. */
  static String name(String bridge) {
    String name = bridge + "-tun";
    return name.length() <= 15 ? name : name.substring(name.length() - 15);
  }

  static ArrayNode create(String database, String bridge, TunnelConfig tunnel) {
    ArrayNode params = JsonRpcPeer.json().createArrayNode().add(database);
    ObjectNode insertInterface = params.addObject();
    insertInterface.put("op", "insert").put("table", "Interface").put("uuid-name", "newinterface");
    ObjectNode row = insertInterface.putObject("row");
    row.put("name", name(bridge)).put("type", tunnel.type());
    map(row, "options", "remote_ip", "flow", "key", "flow");
    map(row, "external_ids", PortTable.TUNNEL_KEY, "true");
    ObjectNode insertPort = params.addObject();
    insertPort.put("op", "insert").put("table", "Port").put("uuid-name", "newport");
    insertPort.putObject("row").put("name", name(bridge)).set("interfaces", named("newinterface"));
    ObjectNode mutate = params.addObject();
    mutate.put("op", "mutate").put("table", "Bridge");
    where(mutate, "name", bridge);
    mutate.putArray("mutations").addArray().add("ports").add("insert").add(named("newport"));
    return params;
  }

  /** Makes an existing one one of another type. */
  static ArrayNode change(String database, String bridge, TunnelConfig tunnel) {
    ArrayNode params = JsonRpcPeer.json().createArrayNode().add(database);
    ObjectNode update = params.addObject();
    update.put("op", "update").put("table", "Interface");
    where(update, "name", name(bridge));
    ObjectNode row = update.putObject("row");
    row.put("type", tunnel.type());
    map(row, "options", "remote_ip", "flow", "key", "flow");
    return params;
  }

  private static void where(ObjectNode operation, String column, String value) {
    operation.putArray("where").addArray().add(column).add("==").add(value);
  }

  private static ArrayNode named(String uuidName) {
    return JsonRpcPeer.json().createArrayNode().add("named-uuid").add(uuidName);
  }

  private static void map(ObjectNode row, String column, String... keysAndValues) {
    ArrayNode pairs = row.putArray(column).add("map").addArray();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      pairs.addArray().add(keysAndValues[i]).add(keysAndValues[i + 1]);
    }
  }
}
