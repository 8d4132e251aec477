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
import java.util.LinkedHashMap;
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

  /** An address as one tenant knows it. */
  record Reachable(int tenantId, Plugged target) {}

  private final List<Plugged> plugged = new ArrayList<>();
  private final Set<Integer> pluggedFunctions = new TreeSet<>();
  private final List<CarriedEdge> edges = new ArrayList<>();
  private final List<Reachable> reachable = new ArrayList<>();
  private final Set<String> waitingForPort = new TreeSet<>();
  private final Set<String> ambiguous = new TreeSet<>();

  FabricView(Graph graph, Map<String, Port> ports) {
    plug(graph, ports);
    carry(graph);
    reach(graph);
  }

  /** Every replica whose port is known. */
  List<Plugged> plugged() {
    return plugged;
  }

  /** The functions with at least one replica plugged in here. */
  Set<Integer> pluggedFunctions() {
    return pluggedFunctions;
  }

  List<CarriedEdge> edges() {
    return edges;
  }

  /** Per tenant, each address that some edge lets it send to, replies included. */
  List<Reachable> reachable() {
    return reachable;
  }

  Set<String> waitingForPort() {
    return waitingForPort;
  }

  Set<String> ambiguous() {
    return ambiguous;
  }

  private void plug(Graph graph, Map<String, Port> ports) {
    Set<Integer> taken = new HashSet<>();
    for (Replica replica : new TreeMap<>(graph.replicas()).values()) {
      Port port = ports.get(replica.id());
      Function function = graph.functions().get(replica.function());
      Tenant tenant = graph.tenants().get(replica.function().namespace());
      if (port == null || !port.fits(replica.mac()) || !taken.add(port.number())) {
        waitingForPort.add(replica.id());
      } else if (function != null && tenant != null) {
        plugged.add(new Plugged(replica, function.id(), tenant.id(), port.number()));
        pluggedFunctions.add(function.id());
      }
    }
  }

  private void carry(Graph graph) {
    for (Edge edge : graph.edges().values()) {
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

  private void reach(Graph graph) {
    Map<FunctionRef, Set<Integer>> tenantsThatReach = new HashMap<>();
    for (Edge edge : graph.edges().values()) {
      Tenant calling = graph.tenants().get(edge.caller().namespace());
      Tenant called = graph.tenants().get(edge.callee().namespace());
      if (calling != null && called != null) {
        tenantsThatReach.computeIfAbsent(edge.callee(), f -> new HashSet<>()).add(calling.id());
        tenantsThatReach.computeIfAbsent(edge.caller(), f -> new HashSet<>()).add(called.id());
      }
    }
    Map<TenantAddress, List<Plugged>> byAddress = new LinkedHashMap<>();
    for (Plugged target : plugged) {
      for (int tenantId : tenantsThatReach.getOrDefault(target.replica().function(), Set.of())) {
        TenantAddress address = new TenantAddress(tenantId, target.replica().ip());
        byAddress.computeIfAbsent(address, a -> new ArrayList<>(1)).add(target);
      }
    }
    byAddress.forEach(
        (address, candidates) -> {
          Plugged target = resolve(address.tenantId(), candidates);
          if (target != null) {
            reachable.add(new Reachable(address.tenantId(), target));
          }
          if (candidates.size() > 1) {
            ambiguous.add(address.ip().toString());
          }
        });
  }

  private record TenantAddress(int tenantId, Ipv4 ip) {}

  /**
   * Which of the replicas with one address a tenant means by it: its own, so that no other tenant's
   * choice of addresses disturbs it. Between several of other tenants it could mean any, so it gets
   * none: a call must not end at the wrong tenant.
   */
  private static @Nullable Plugged resolve(int tenantId, List<Plugged> candidates) {
    if (candidates.size() == 1) {
      return candidates.getFirst();
    }
    List<Plugged> own = candidates.stream().filter(p -> p.tenantId() == tenantId).toList();
    return own.size() == 1 ? own.getFirst() : null;
  }
}
