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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The graph as one switch sees it: what is plugged in, and who can reach whom. Shows what is in its
 * scope and nothing else.
 */
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

  private final Placement at;
  private final Graph graph;
  private final List<Plugged> plugged = new ArrayList<>();
  private final List<Sender> senders = new ArrayList<>();
  private final List<Tenant> sendingTenants = new ArrayList<>();
  private final List<CarriedEdge> edges = new ArrayList<>();
  private final List<Reachable> reachable = new ArrayList<>();
  private final Set<RemoteSource> remoteSources = new LinkedHashSet<>();
  private final Set<String> waitingForPort = new HashSet<>();
  private final Set<TenantAddress> ambiguous = new HashSet<>();
  // By callee, for many edges lead to one.
  private final Map<FunctionRef, Set<Integer>> servedPorts = new HashMap<>();
  private final Map<FunctionRef, Set<String>> unknownNodes = new HashMap<>();

  FabricView(Placement at, Scope scope) {
    this.at = at;
    this.graph = at.graph();
    scope.replicas().forEach(this::plug);
    scope.functions().forEach(this::send);
    scope.tenants().forEach(this::limit);
    scope.edges().forEach(this::carry);
    scope.addresses().forEach(this::reach);
  }

  Site site() {
    return at.site();
  }

  /** Every replica whose port is known. */
  List<Plugged> plugged() {
    return plugged;
  }

  /** The functions with at least one replica plugged in here. */
  List<Sender> senders() {
    return senders;
  }

  /** The tenants with at least one replica plugged in here. */
  List<Tenant> sendingTenants() {
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

  /** By function that should be reached, the nodes of replicas to which there is no way. */
  Map<FunctionRef, Set<String>> unknownNodes() {
    return unknownNodes;
  }

  /** Ids of replicas of this node without a port of theirs. */
  Set<String> waitingForPort() {
    return waitingForPort;
  }

  /** What means more than one replica. */
  Set<TenantAddress> ambiguous() {
    return ambiguous;
  }

  private void plug(String id) {
    Replica replica = graph.replicas().get(id);
    if (replica == null || !at.isHere(replica)) {
      return;
    }
    Plugged known = at.plugged(replica);
    if (known != null) {
      plugged.add(known);
    } else if (at.port(replica) == null) {
      waitingForPort.add(id);
    }
  }

  private void send(FunctionRef ref) {
    Function function = graph.functions().get(ref);
    Tenant tenant = graph.tenants().get(ref.namespace());
    if (function == null || tenant == null) {
      return;
    }
    if (at.hosts(ref)) {
      senders.add(new Sender(function.id(), tenant.id()));
    }
    if (!at.site().isOnly() && isConnectedWithHere(ref)) {
      sendFromElsewhere(function, tenant);
    }
  }

  private boolean isConnectedWithHere(FunctionRef function) {
    return graph.edgesFrom(function).stream().anyMatch(edge -> at.hosts(edge.callee()))
        || graph.edgesTo(function).stream().anyMatch(edge -> at.hosts(edge.caller()));
  }

  private void sendFromElsewhere(Function function, Tenant tenant) {
    for (Replica replica : graph.replicasOf(function.ref())) {
      if (at.isHere(replica)) {
        continue;
      }
      Ipv4 node = at.wayTo(replica.node());
      if (node == null) {
        unknownNodes.computeIfAbsent(function.ref(), f -> new TreeSet<>()).add(replica.node());
      } else {
        remoteSources.add(new RemoteSource(function.id(), tenant.id(), node));
      }
    }
  }

  private void limit(String name) {
    Tenant tenant = graph.tenants().get(name);
    if (tenant != null && at.hosts(tenant)) {
      sendingTenants.add(tenant);
    }
  }

  private void carry(Edge.Key key) {
    Edge edge = graph.edges().get(key);
    Function caller = graph.functions().get(key.caller());
    Function callee = graph.functions().get(key.callee());
    if (edge == null || caller == null || callee == null || !at.concerns(edge)) {
      return;
    }
    Set<Integer> served = servedPorts.computeIfAbsent(key.callee(), this::portsOf);
    edges.add(
        new CarriedEdge(
            caller.id(),
            callee.id(),
            edge.dataPath() == DataPath.MTLS && !served.isEmpty() ? Set.of(MTLS_PORT) : served));
  }

  private Set<Integer> portsOf(FunctionRef function) {
    Set<Integer> ports = new HashSet<>();
    graph.replicasOf(function).forEach(replica -> ports.add(replica.port()));
    return Set.copyOf(ports);
  }

  private void reach(TenantAddress address) {
    Tenant tenant = graph.tenants().get(address.tenant());
    if (tenant == null) {
      return;
    }
    List<Placed> candidates = new ArrayList<>(1);
    for (Set<String> ids : graph.replicaIdsAt(address.ip()).values()) {
      for (String id : ids) {
        Replica replica = graph.replicas().get(id);
        Placed target = replica == null ? null : reached(address.tenant(), replica);
        if (target != null) {
          candidates.add(target);
        }
      }
    }
    Placed meant = resolve(tenant.id(), candidates);
    if (meant != null) {
      reachable.add(new Reachable(tenant.id(), meant));
    }
    if (candidates.size() > 1) {
      ambiguous.add(address);
    }
  }

  /**
   * The way to a replica, if some edge connects it with a function of a tenant: with any for one
   * that is here, since a packet may come from elsewhere; with one that is here for one elsewhere.
   */
  private @Nullable Placed reached(String tenant, Replica replica) {
    Plugged here = at.plugged(replica);
    Placed target = here == null ? at.remote(replica) : here;
    if (target == null) {
      return null;
    }
    FunctionRef function = replica.function();
    for (Edge edge : graph.edgesTo(function)) {
      if (sends(tenant, edge.caller(), here == null)) {
        return target;
      }
    }
    for (Edge edge : graph.edgesFrom(function)) {
      if (sends(tenant, edge.callee(), here == null)) {
        return target;
      }
    }
    return null;
  }

  private boolean sends(String tenant, FunctionRef function, boolean fromHere) {
    return function.namespace().equals(tenant)
        && graph.functions().containsKey(function)
        && (!fromHere || at.hosts(function));
  }

  /**
   * Which of the replicas with one address a tenant means by it: its own, so that no other tenant's
   * choice of addresses disturbs it. Between several of other tenants it could mean any, so it gets
   * none: a call must not end at the wrong tenant.
   */
  private static @Nullable Placed resolve(int tenantId, List<Placed> candidates) {
    if (candidates.size() <= 1) {
      return candidates.isEmpty() ? null : candidates.getFirst();
    }
    List<Placed> own = candidates.stream().filter(p -> p.tenantId() == tenantId).toList();
    return own.size() == 1 ? own.getFirst() : null;
  }
}
