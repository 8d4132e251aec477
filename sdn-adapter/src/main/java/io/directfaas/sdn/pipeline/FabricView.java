package io.directfaas.sdn.pipeline;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.graph.Tenant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The graph as one switch sees it: what is plugged in, and who can reach whom. */
final class FabricView {
  /** Where a sidecar takes calls on the mtls data path. */
  static final int MTLS_PORT = 15006;

  /** An edge as the switch knows it: function ids and the TCP ports of the callee. */
  record CarriedEdge(int callerId, int calleeId, Set<Integer> tcpPorts) {}

  /** A function that can send from here. */
  record Sender(int functionId, int tenantId) {}

  /** An address as one tenant knows it. */
  record Reachable(int tenantId, Placed target) {}

  /** A function that may send to functions here from another node. */
  record RemoteSource(int functionId, int tenantId, Ipv4 node) {}

  private final Site site;
  private final List<Plugged> plugged = new ArrayList<>();
  private final Map<FunctionRef, List<Plugged>> pluggedOf = new HashMap<>();
  private final Set<Sender> senders = new LinkedHashSet<>();
  private final Set<Tenant> sendingTenants = new LinkedHashSet<>();
  private final List<CarriedEdge> edges = new ArrayList<>();
  private final List<Reachable> reachable = new ArrayList<>();
  private final Set<RemoteSource> remoteSources = new LinkedHashSet<>();
  private final Set<String> waitingForPort = new TreeSet<>();
  private final Set<String> ambiguous = new TreeSet<>();
  private final Set<String> unknownNodes = new TreeSet<>();

  FabricView(Graph graph, Site site) {
    this.site = site;
    plug(graph);
    Collection<Edge> concerned = concerned(graph);
    carry(graph, concerned);
    reach(graph, concerned);
  }

  Site site() {
    return site;
  }

  /** Every replica whose port is known. */
  List<Plugged> plugged() {
    return plugged;
  }

  /** The functions with at least one replica plugged in here. */
  Set<Sender> senders() {
    return senders;
  }

  /** The ids of the functions with at least one replica plugged in here. */
  Set<Integer> localFunctions() {
    Set<Integer> ids = new HashSet<>();
    senders.forEach(sender -> ids.add(sender.functionId()));
    return ids;
  }

  /** The tenants with at least one replica plugged in here. */
  Set<Tenant> sendingTenants() {
    return sendingTenants;
  }

  List<CarriedEdge> edges() {
    return edges;
  }

  /** Per tenant, each address that some edge lets it send to, replies included. */
  List<Reachable> reachable() {
    return reachable;
  }

  /** Empty for the only switch there is. */
  Set<RemoteSource> remoteSources() {
    return remoteSources;
  }

  /** Nodes of replicas that should be reached, but whose address is not known. */
  Set<String> unknownNodes() {
    return unknownNodes;
  }

  Set<String> waitingForPort() {
    return waitingForPort;
  }

  Set<String> ambiguous() {
    return ambiguous;
  }

  private void plug(Graph graph) {
    Set<Integer> taken = new HashSet<>();
    TreeMap<String, Replica> here = new TreeMap<>();
    for (Replica replica : graph.replicas().values()) {
      if (isHere(replica)) {
        here.put(replica.id(), replica);
      }
    }
    for (Replica replica : here.values()) {
      Port port = site.ports().get(replica.id());
      Function function = graph.functions().get(replica.function());
      Tenant tenant = graph.tenants().get(replica.function().namespace());
      if (port == null || !port.fits(replica.mac()) || !taken.add(port.number())) {
        waitingForPort.add(replica.id());
      } else if (function != null && tenant != null) {
        Plugged found = new Plugged(replica, function.id(), tenant.id(), port.number());
        plugged.add(found);
        pluggedOf.computeIfAbsent(replica.function(), f -> new ArrayList<>(1)).add(found);
        senders.add(new Sender(function.id(), tenant.id()));
        sendingTenants.add(tenant);
      }
    }
  }

  /** A port that claims a replica of another node is no port of its. */
  private boolean isHere(Replica replica) {
    return site.isOnly() || site.node().equals(replica.node());
  }

  /** The edges that some packet here may belong to: those with an end here. */
  private Collection<Edge> concerned(Graph graph) {
    if (site.isOnly()) {
      return graph.edges().values();
    }
    Set<Edge> found = new LinkedHashSet<>();
    for (FunctionRef function : new TreeSet<>(pluggedOf.keySet())) {
      found.addAll(graph.edgesFrom(function));
      found.addAll(graph.edgesTo(function));
    }
    return found;
  }

  private void carry(Graph graph, Collection<Edge> concerned) {
    for (Edge edge : concerned) {
      Function caller = graph.functions().get(edge.caller());
      Function callee = graph.functions().get(edge.callee());
      if (caller == null || callee == null) {
        continue;
      }
      Set<Integer> tcpPorts = new TreeSet<>();
      for (Replica replica : graph.replicasOf(edge.callee())) {
        tcpPorts.add(edge.dataPath() == DataPath.MTLS ? MTLS_PORT : replica.port());
      }
      edges.add(new CarriedEdge(caller.id(), callee.id(), tcpPorts));
    }
  }

  private void reach(Graph graph, Collection<Edge> concerned) {
    Map<TenantAddress, Set<Placed>> byAddress = new LinkedHashMap<>();
    Set<Direction> done = new HashSet<>();
    for (Edge edge : concerned) {
      reach(graph, edge.caller(), edge.callee(), byAddress, done);
      reach(graph, edge.callee(), edge.caller(), byAddress, done);
    }
    byAddress.forEach(
        (address, candidates) -> {
          Placed target = resolve(address.tenantId(), candidates);
          if (target != null) {
            reachable.add(new Reachable(address.tenantId(), target));
          }
          if (candidates.size() > 1) {
            ambiguous.add(address.ip().toString());
          }
        });
  }

  /** What one end of an edge sends to the other: from here to anywhere, from elsewhere to here. */
  private void reach(
      Graph graph,
      FunctionRef from,
      FunctionRef to,
      Map<TenantAddress, Set<Placed>> byAddress,
      Set<Direction> done) {
    Tenant sender = graph.tenants().get(from.namespace());
    Function source = graph.functions().get(from);
    if (sender == null || source == null) {
      return;
    }
    if (!site.isOnly() && pluggedOf.containsKey(to)) {
      for (Remote replica : remote(graph, from)) {
        remoteSources.add(new RemoteSource(source.id(), sender.id(), replica.node()));
      }
    }
    boolean fromHere = pluggedOf.containsKey(from);
    if (!done.add(new Direction(sender.id(), to, fromHere))) {
      return; // another function of this tenant has led there
    }
    List<Placed> targets = new ArrayList<>(pluggedOf.getOrDefault(to, List.of()));
    if (!site.isOnly() && fromHere) {
      targets.addAll(remote(graph, to));
    }
    for (Placed target : targets) {
      TenantAddress address = new TenantAddress(sender.id(), target.replica().ip());
      byAddress.computeIfAbsent(address, a -> new LinkedHashSet<>(2)).add(target);
    }
  }

  /** The replicas of a function on the other nodes. */
  private List<Remote> remote(Graph graph, FunctionRef ref) {
    Function function = graph.functions().get(ref);
    Tenant tenant = graph.tenants().get(ref.namespace());
    if (function == null || tenant == null) {
      return List.of();
    }
    List<Remote> found = new ArrayList<>();
    for (Replica replica : graph.replicasOf(ref)) {
      Ipv4 address = site.nodes().get(replica.node());
      if (isHere(replica)) {
        continue;
      }
      if (address == null || !site.hasTunnel()) {
        unknownNodes.add(replica.node());
      } else {
        found.add(new Remote(replica, function.id(), tenant.id(), address));
      }
    }
    return found;
  }

  private record Direction(int tenantId, FunctionRef to, boolean fromHere) {}

  private record TenantAddress(int tenantId, Ipv4 ip) {}

  /**
   * Which of the replicas with one address a tenant means by it: its own, so that no other tenant's
   * choice of addresses disturbs it. Between several of other tenants it could mean any, so it gets
   * none: a call must not end at the wrong tenant.
   */
  private static @Nullable Placed resolve(int tenantId, Set<Placed> candidates) {
    if (candidates.size() == 1) {
      return candidates.iterator().next();
    }
    List<Placed> own = candidates.stream().filter(p -> p.tenantId() == tenantId).toList();
    return own.size() == 1 ? own.getFirst() : null;
  }
}
