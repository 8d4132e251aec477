package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Ipv4;
import java.util.Map;
import java.util.Objects;

/**
 * Where a switch stands: what is plugged into it, and how it reaches the other nodes.
 *
 * @param node the node it is on, as {@link io.directfaas.graph.Replica#node()} names it; empty for
 *     the only switch there is, which then has all replicas, whatever their node
 * @param ports where replicas are plugged in, by replica id
 * @param tunnelPort the OpenFlow port of the flow-based tunnel; 0 for none
 * @param nodes the tunnel addresses of all nodes; may hold this one's
 */
public record Site(String node, Map<String, Port> ports, int tunnelPort, Map<String, Ipv4> nodes) {

  public Site {
    Objects.requireNonNull(node);
    ports = Map.copyOf(ports);
    nodes = Map.copyOf(nodes);
  }

  /** That of the only switch there is. */
  public static Site only(Map<String, Port> ports) {
    return new Site("", ports, 0, Map.of());
  }

  /** Whether both are the same place, with the same ways to the other nodes. */
  boolean differsByPortsOnly(Site other) {
    return node.equals(other.node) && tunnelPort == other.tunnelPort && nodes.equals(other.nodes);
  }

  boolean isOnly() {
    return node.isEmpty();
  }

  boolean hasTunnel() {
    return tunnelPort > 0;
  }
}
