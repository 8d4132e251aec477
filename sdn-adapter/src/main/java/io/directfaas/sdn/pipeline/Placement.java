package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Edge;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.graph.Tenant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * Where everything of one graph is, as seen from one switch: in a port here, on another node, or
 * nowhere yet. Immutable. Every question is answered without reading the graph.
 */
final class Placement {
  static final Placement NOWHERE =
      new Placement(
          Graph.empty(""), Site.only(java.util.Map.of()), PortIndex.NONE, HashTreePMap.empty());

  private final Graph graph;
  private final Site site;
  private final PortIndex ports;
  // The functions with a replica plugged in here, by tenant.
  private final PMap<String, PSet<FunctionRef>> hosted;

  private Placement(
      Graph graph, Site site, PortIndex ports, PMap<String, PSet<FunctionRef>> hosted) {
    this.graph = graph;
    this.site = site;
    this.ports = ports;
    this.hosted = hosted;
  }

  /** O(replicas). */
  static Placement of(Graph graph, Site site) {
    Placement bare =
        new Placement(graph, site, PortIndex.NONE.with(site.ports()), HashTreePMap.empty());
    Set<FunctionRef> candidates = new HashSet<>();
    for (Replica replica : graph.replicas().values()) {
      if (bare.isHere(replica)) {
        candidates.add(replica.function());
      }
    }
    return bare.asking(candidates);
  }

  /** That of a graph that differs from this one's by these changes, and of other ports. */
  Placement after(Changes changes, Graph next, Site nextSite, PortIndex nextPorts) {
    Set<FunctionRef> candidates = new HashSet<>(changes.functions());
    for (String id : changes.replicas()) {
      graph.replica(id).ifPresent(replica -> candidates.add(replica.function()));
      next.replica(id).ifPresent(replica -> candidates.add(replica.function()));
    }
    return new Placement(next, nextSite, nextPorts, hosted).asking(candidates);
  }

  /** Finds out anew which of these functions are hosted. */
  private Placement asking(Set<FunctionRef> candidates) {
    PMap<String, PSet<FunctionRef>> found = hosted;
    for (FunctionRef function : candidates) {
      String tenant = function.namespace();
      PSet<FunctionRef> before = found.getOrDefault(tenant, HashTreePSet.empty());
      PSet<FunctionRef> now =
          isPluggedIn(function) ? before.plus(function) : before.minus(function);
      found = now.isEmpty() ? found.minus(tenant) : found.plus(tenant, now);
    }
    return new Placement(graph, site, ports, found);
  }

  private boolean isPluggedIn(FunctionRef function) {
    for (Replica replica : graph.replicasOf(function)) {
      if (plugged(replica) != null) {
        return true;
      }
    }
    return false;
  }

  Graph graph() {
    return graph;
  }

  Site site() {
    return site;
  }

  PortIndex ports() {
    return ports;
  }

  /** Whether a function has a replica plugged in here. */
  boolean hosts(FunctionRef function) {
    PSet<FunctionRef> ofTenant = hosted.get(function.namespace());
    return ofTenant != null && ofTenant.contains(function);
  }

  /** Whether a tenant has a replica plugged in here. */
  boolean hosts(Tenant tenant) {
    return hosted.containsKey(tenant.name());
  }

  /** A port that claims a replica of another node is no port of its. */
  boolean isHere(Replica replica) {
    return site.isOnly() || site.node().equals(replica.node());
  }

  /** Whether some packet here may belong to an edge: one of its ends is here. */
  boolean concerns(Edge edge) {
    return site.isOnly() || hosts(edge.caller()) || hosts(edge.callee());
  }

  /**
   * The port of a replica of this node, if it is there and fits, and no replica before it, in the
   * order of ids, has it.
   */
  @Nullable Port port(Replica replica) {
    Port port = ports.get(replica.id());
    if (port == null || !port.fits(replica.mac())) {
      return null;
    }
    for (String rival : ports.rivals(replica.id())) {
      if (rival.equals(replica.id())) {
        break;
      }
      Replica earlier = graph.replicas().get(rival);
      Port claimed = ports.get(rival);
      if (earlier != null && claimed != null && isHere(earlier) && claimed.fits(earlier.mac())) {
        return null;
      }
    }
    return port;
  }

  /** Null if it is not plugged in here. */
  @Nullable Plugged plugged(Replica replica) {
    Port port = isHere(replica) ? port(replica) : null;
    Function function = graph.functions().get(replica.function());
    Tenant tenant = graph.tenants().get(replica.function().namespace());
    return port == null || function == null || tenant == null
        ? null
        : new Plugged(replica, function.id(), tenant.id(), port.number());
  }

  /** Null if it is on this node, or on one to which no way is known. */
  @Nullable Remote remote(Replica replica) {
    Ipv4 address = isHere(replica) ? null : wayTo(replica.node());
    Function function = graph.functions().get(replica.function());
    Tenant tenant = graph.tenants().get(replica.function().namespace());
    return address == null || function == null || tenant == null
        ? null
        : new Remote(replica, function.id(), tenant.id(), address);
  }

  /** The address of another node, if it can be reached. */
  @Nullable Ipv4 wayTo(String node) {
    return site.hasTunnel() ? site.nodes().get(node) : null;
  }
}
