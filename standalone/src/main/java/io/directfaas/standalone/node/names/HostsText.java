package io.directfaas.standalone.node.names;

import io.directfaas.graph.CallsByName;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import java.util.Comparator;
import java.util.List;

/**
 * The names inside a function's network in the format of hosts(5). Pure; a name that is not in it
 * does not exist.
 */
final class HostsText {
  private HostsText() {}

  /** Before anything is known of the function's callees. */
  static String gatewayOnly() {
    return line(ReplicaNetwork.GATEWAY, CallsByName.GATEWAY);
  }

  /** O(callees and their replicas), and the same for equal graphs. */
  static String of(Graph graph, FunctionRef caller) {
    StringBuilder text = new StringBuilder(gatewayOnly());
    graph.edgesFrom(caller).stream()
        .sorted(Comparator.comparing(Edge::callee))
        .forEach(edge -> append(text, graph, edge));
    return text.toString();
  }

  private static void append(StringBuilder text, Graph graph, Edge edge) {
    List<String> names = CallsByName.names(edge.caller(), edge.callee());
    if (names.isEmpty()) {
      return;
    }
    List<Replica> replicas = CallsByName.replicas(graph, edge);
    if (replicas.isEmpty()) {
      text.append(line(ReplicaNetwork.GATEWAY, names));
    }
    replicas.forEach(replica -> text.append(line(replica.ip().toString(), names)));
  }

  private static String line(String address, List<String> names) {
    return address + " " + String.join(" ", names) + "\n";
  }
}
