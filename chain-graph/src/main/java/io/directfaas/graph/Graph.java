package io.directfaas.graph;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * All tenants, functions, replicas and edges at one revision. A persistent value: {@link #apply}
 * costs what the delta holds (times log n), whatever the size of the graph, and every earlier graph
 * stays usable.
 */
public final class Graph {
  private final String id;
  private final long revision;
  private final PMap<String, Tenant> tenants;
  private final PMap<FunctionRef, Function> functions;
  private final PMap<String, Replica> replicas;
  private final PMap<Edge.Key, Edge> edges;

  // Derived from the four above; kept so that no reader ever scans.
  private final PMap<String, PMap<FunctionRef, Function>> functionsByTenant;
  private final PMap<FunctionRef, PMap<String, Replica>> replicasByFunction;
  private final PMap<FunctionRef, PMap<FunctionRef, Edge>> outgoing;
  private final PMap<FunctionRef, PMap<FunctionRef, Edge>> incoming;
  private final PMap<Integer, String> tenantNames;
  private final PMap<Integer, FunctionRef> functionNames;

  // Ids of replicas by tenant, for addresses are meant to be unique within a tenant only.
  private final PMap<Ipv4, PMap<String, Set<String>>> addresses;

  // Which object this is, for those made from it, which must not keep the whole of it alive.
  private final Object identity = new Object();
  private final @Nullable Origin origin;

  /** What a graph was made from, and how. */
  private record Origin(Object graph, GraphDelta delta) {}

  private Graph(
      String id,
      long revision,
      PMap<String, Tenant> tenants,
      PMap<FunctionRef, Function> functions,
      PMap<String, Replica> replicas,
      PMap<Edge.Key, Edge> edges,
      PMap<String, PMap<FunctionRef, Function>> functionsByTenant,
      PMap<FunctionRef, PMap<String, Replica>> replicasByFunction,
      PMap<FunctionRef, PMap<FunctionRef, Edge>> outgoing,
      PMap<FunctionRef, PMap<FunctionRef, Edge>> incoming,
      PMap<Integer, String> tenantNames,
      PMap<Integer, FunctionRef> functionNames,
      PMap<Ipv4, PMap<String, Set<String>>> addresses,
      @Nullable Origin origin) {
    this.id = id;
    this.revision = revision;
    this.tenants = tenants;
    this.functions = functions;
    this.replicas = replicas;
    this.edges = edges;
    this.functionsByTenant = functionsByTenant;
    this.replicasByFunction = replicasByFunction;
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.tenantNames = tenantNames;
    this.functionNames = functionNames;
    this.addresses = addresses;
    this.origin = origin;
  }

  /**
   * A graph with nothing in it, at revision 0.
   *
   * @param id which graph this is: revisions of graphs with different ids have nothing to do with
   *     each other
   */
  public static Graph empty(String id) {
    return new Graph(
        id,
        0,
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        null);
  }

  public String id() {
    return id;
  }

  public long revision() {
    return revision;
  }

  public Map<String, Tenant> tenants() {
    return tenants;
  }

  public Map<FunctionRef, Function> functions() {
    return functions;
  }

  public Map<String, Replica> replicas() {
    return replicas;
  }

  public Map<Edge.Key, Edge> edges() {
    return edges;
  }

  public Optional<Tenant> tenant(String name) {
    return Optional.ofNullable(tenants.get(name));
  }

  public Optional<Function> function(FunctionRef ref) {
    return Optional.ofNullable(functions.get(ref));
  }

  public Optional<Replica> replica(String replicaId) {
    return Optional.ofNullable(replicas.get(replicaId));
  }

  public Optional<Edge> edge(FunctionRef caller, FunctionRef callee) {
    return Optional.ofNullable(edges.get(new Edge.Key(caller, callee)));
  }

  public Collection<Function> functionsOf(String tenant) {
    return valuesAt(functionsByTenant, tenant);
  }

  /** In no particular order. */
  public Collection<Replica> replicasOf(FunctionRef function) {
    return valuesAt(replicasByFunction, function);
  }

  /** The edges whose caller is this function. */
  public Collection<Edge> edgesFrom(FunctionRef caller) {
    return valuesAt(outgoing, caller);
  }

  /** The edges whose callee is this function. */
  public Collection<Edge> edgesTo(FunctionRef callee) {
    return valuesAt(incoming, callee);
  }

  public Optional<Tenant> tenantById(int tenantId) {
    return Optional.ofNullable(tenantNames.get(tenantId)).map(tenants::get);
  }

  public Optional<Function> functionById(int functionId) {
    return Optional.ofNullable(functionNames.get(functionId)).map(functions::get);
  }

  /** The replica that has this address in this tenant. */
  public Optional<Replica> replicaAt(String tenant, Ipv4 ip) {
    return replicaIdsAt(ip).getOrDefault(tenant, Set.of()).stream().findFirst().map(replicas::get);
  }

  /** The ids of all replicas that have this address, by tenant. */
  public Map<String, Set<String>> replicaIdsAt(Ipv4 ip) {
    return addresses.getOrDefault(ip, HashTreePMap.empty());
  }

  /**
   * How this graph differs from another one, if that is known at no cost: because it is the same,
   * or because this one was made out of it by one {@link #apply}.
   */
  public Optional<GraphDelta> knownDeltaFrom(Graph before) {
    if (before.identity == identity) {
      return Optional.of(new GraphDelta.Builder().build(revision, revision));
    }
    return Optional.ofNullable(origin)
        .filter(made -> made.graph() == before.identity)
        .map(Origin::delta);
  }

  /** The edges, ordered by caller, then callee: for people and for stable output. */
  public List<Edge> edgesInOrder() {
    return edges.values().stream()
        .sorted(Comparator.comparing(Edge::caller).thenComparing(Edge::callee))
        .toList();
  }

  /**
   * The graph after a change.
   *
   * @throws IllegalArgumentException if the delta does not start at this revision
   */
  public Graph apply(GraphDelta delta) {
    if (delta.from() != revision) {
      throw new IllegalArgumentException(
          "a delta from revision " + delta.from() + " does not fit revision " + revision);
    }
    PMap<String, Tenant> newTenants = tenants;
    PMap<Integer, String> newTenantNames = tenantNames;
    for (String name : delta.removedTenants()) {
      Tenant old = newTenants.get(name);
      newTenants = newTenants.minus(name);
      newTenantNames = old == null ? newTenantNames : newTenantNames.minus(old.id());
    }
    for (Tenant tenant : delta.putTenants()) {
      Tenant old = newTenants.get(tenant.name());
      newTenantNames = old == null ? newTenantNames : newTenantNames.minus(old.id());
      newTenants = newTenants.plus(tenant.name(), tenant);
      newTenantNames = newTenantNames.plus(tenant.id(), tenant.name());
    }

    PMap<FunctionRef, Function> newFunctions = functions;
    PMap<String, PMap<FunctionRef, Function>> newFunctionsByTenant = functionsByTenant;
    PMap<Integer, FunctionRef> newFunctionNames = functionNames;
    for (FunctionRef ref : delta.removedFunctions()) {
      Function old = newFunctions.get(ref);
      newFunctionNames = old == null ? newFunctionNames : newFunctionNames.minus(old.id());
      newFunctions = newFunctions.minus(ref);
      newFunctionsByTenant = minus(newFunctionsByTenant, ref.namespace(), ref);
    }
    for (Function function : delta.putFunctions()) {
      Function old = newFunctions.get(function.ref());
      newFunctionNames = old == null ? newFunctionNames : newFunctionNames.minus(old.id());
      newFunctionNames = newFunctionNames.plus(function.id(), function.ref());
      newFunctions = newFunctions.plus(function.ref(), function);
      newFunctionsByTenant =
          plus(newFunctionsByTenant, function.ref().namespace(), function.ref(), function);
    }

    PMap<Ipv4, PMap<String, Set<String>>> newAddresses = addresses;
    PMap<String, Replica> newReplicas = replicas;
    PMap<FunctionRef, PMap<String, Replica>> newReplicasByFunction = replicasByFunction;
    for (String replicaId : delta.removedReplicas()) {
      Replica old = newReplicas.get(replicaId);
      if (old != null) {
        newAddresses = without(newAddresses, old);
        newReplicas = newReplicas.minus(replicaId);
        newReplicasByFunction = minus(newReplicasByFunction, old.function(), replicaId);
      }
    }
    for (Replica replica : delta.putReplicas()) {
      Replica old = newReplicas.get(replica.id());
      if (old != null && !old.function().equals(replica.function())) {
        newReplicasByFunction = minus(newReplicasByFunction, old.function(), replica.id());
      }
      if (old != null) {
        newAddresses = without(newAddresses, old);
      }
      newAddresses = with(newAddresses, replica);
      newReplicas = newReplicas.plus(replica.id(), replica);
      newReplicasByFunction =
          plus(newReplicasByFunction, replica.function(), replica.id(), replica);
    }

    PMap<Edge.Key, Edge> newEdges = edges;
    PMap<FunctionRef, PMap<FunctionRef, Edge>> newOutgoing = outgoing;
    PMap<FunctionRef, PMap<FunctionRef, Edge>> newIncoming = incoming;
    for (Edge.Key key : delta.removedEdges()) {
      newEdges = newEdges.minus(key);
      newOutgoing = minus(newOutgoing, key.caller(), key.callee());
      newIncoming = minus(newIncoming, key.callee(), key.caller());
    }
    for (Edge edge : delta.putEdges()) {
      newEdges = newEdges.plus(edge.key(), edge);
      newOutgoing = plus(newOutgoing, edge.caller(), edge.callee(), edge);
      newIncoming = plus(newIncoming, edge.callee(), edge.caller(), edge);
    }

    return new Graph(
        id,
        delta.to(),
        newTenants,
        newFunctions,
        newReplicas,
        newEdges,
        newFunctionsByTenant,
        newReplicasByFunction,
        newOutgoing,
        newIncoming,
        newTenantNames,
        newFunctionNames,
        newAddresses,
        // A whole graph of changes is not worth being kept.
        delta.from() == 0 ? null : new Origin(identity, delta));
  }

  private static PMap<Ipv4, PMap<String, Set<String>>> with(
      PMap<Ipv4, PMap<String, Set<String>>> index, Replica replica) {
    Set<String> ids = new HashSet<>(idsAt(index, replica));
    ids.add(replica.id());
    return plus(index, replica.ip(), replica.function().namespace(), Set.copyOf(ids));
  }

  private static PMap<Ipv4, PMap<String, Set<String>>> without(
      PMap<Ipv4, PMap<String, Set<String>>> index, Replica replica) {
    Set<String> ids = new HashSet<>(idsAt(index, replica));
    ids.remove(replica.id());
    String tenant = replica.function().namespace();
    return ids.isEmpty()
        ? minus(index, replica.ip(), tenant)
        : plus(index, replica.ip(), tenant, Set.copyOf(ids));
  }

  private static Set<String> idsAt(PMap<Ipv4, PMap<String, Set<String>>> index, Replica replica) {
    return index
        .getOrDefault(replica.ip(), HashTreePMap.empty())
        .getOrDefault(replica.function().namespace(), Set.of());
  }

  private static <K, L, V> Collection<V> valuesAt(PMap<K, PMap<L, V>> index, K key) {
    PMap<L, V> inner = index.get(key);
    return inner == null ? List.of() : inner.values();
  }

  private static <K, L, V> PMap<K, PMap<L, V>> plus(
      PMap<K, PMap<L, V>> index, K key, L innerKey, V value) {
    PMap<L, V> inner = index.get(key);
    PMap<L, V> grown = (inner == null ? HashTreePMap.<L, V>empty() : inner).plus(innerKey, value);
    return index.plus(key, grown);
  }

  private static <K, L, V> PMap<K, PMap<L, V>> minus(PMap<K, PMap<L, V>> index, K key, L innerKey) {
    PMap<L, V> inner = index.get(key);
    if (inner == null) {
      return index;
    }
    PMap<L, V> shrunk = inner.minus(innerKey);
    return shrunk.isEmpty() ? index.minus(key) : index.plus(key, shrunk);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Graph that
        && id.equals(that.id)
        && revision == that.revision
        && sameContent(that);
  }

  /** Whether both hold the same tenants, functions, replicas and edges, at whatever revision. */
  public boolean sameContent(Graph that) {
    return tenants.equals(that.tenants)
        && functions.equals(that.functions)
        && replicas.equals(that.replicas)
        && edges.equals(that.edges);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, revision);
  }

  @Override
  public String toString() {
    return "Graph[revision="
        + revision
        + ", tenants="
        + tenants.size()
        + ", functions="
        + functions.size()
        + ", replicas="
        + replicas.size()
        + ", edges="
        + edges.size()
        + "]";
  }
}
