package io.directfaas.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * What all functions and tenants declare, and the edges that follow from it. A persistent value
 * like {@link Graph}. A call to a function that is not deployed waits here and becomes an edge when
 * it is.
 */
public final class Declarations {
  private static final Declarations NONE =
      new Declarations(
          HashTreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty());

  private final PMap<String, Tenant> tenants;
  private final PMap<FunctionRef, FunctionDeclaration> functions;
  private final PMap<FunctionRef, PSet<FunctionRef>> declaredCallers;
  private final PMap<String, PSet<FunctionRef>> byTenant;

  private Declarations(
      PMap<String, Tenant> tenants,
      PMap<FunctionRef, FunctionDeclaration> functions,
      PMap<FunctionRef, PSet<FunctionRef>> declaredCallers,
      PMap<String, PSet<FunctionRef>> byTenant) {
    this.tenants = tenants;
    this.functions = functions;
    this.declaredCallers = declaredCallers;
    this.byTenant = byTenant;
  }

  public static Declarations none() {
    return NONE;
  }

  public Declarations with(Tenant tenant) {
    return new Declarations(
        tenants.plus(tenant.name(), tenant), functions, declaredCallers, byTenant);
  }

  public Declarations withoutTenant(String name) {
    return new Declarations(tenants.minus(name), functions, declaredCallers, byTenant);
  }

  public Declarations with(FunctionDeclaration declaration) {
    Declarations base = without(declaration.ref());
    PMap<FunctionRef, PSet<FunctionRef>> callers = base.declaredCallers;
    for (FunctionRef callee : declaration.calls()) {
      callers = plus(callers, callee, declaration.ref());
    }
    return new Declarations(
        tenants,
        base.functions.plus(declaration.ref(), declaration),
        callers,
        plus(base.byTenant, declaration.ref().namespace(), declaration.ref()));
  }

  public Declarations without(FunctionRef ref) {
    FunctionDeclaration old = functions.get(ref);
    if (old == null) {
      return this;
    }
    PMap<FunctionRef, PSet<FunctionRef>> callers = declaredCallers;
    for (FunctionRef callee : old.calls()) {
      callers = minus(callers, callee, ref);
    }
    return new Declarations(
        tenants, functions.minus(ref), callers, minus(byTenant, ref.namespace(), ref));
  }

  public Collection<FunctionRef> functionsOf(String tenant) {
    return byTenant.getOrDefault(tenant, HashTreePSet.empty());
  }

  /** The edges in which a function takes part, as caller or callee. */
  public Set<Edge> edgesOf(FunctionRef ref) {
    return Set.copyOf(edgesByKey(ref).values());
  }

  /** All edges: O(functions + edges). */
  public Set<Edge> edges() {
    return functions.keySet().stream()
        .flatMap(ref -> edgesByKey(ref).values().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Adds to {@code into} how the edges of the touched functions differ between two declarations.
   *
   * @param touched every function whose declaration, deployment or tenant changed
   */
  public static void edgeChanges(
      Declarations before,
      Declarations after,
      Collection<FunctionRef> touched,
      GraphDelta.Builder into) {
    for (FunctionRef ref : touched) {
      Map<Edge.Key, Edge> old = before.edgesByKey(ref);
      Map<Edge.Key, Edge> now = after.edgesByKey(ref);
      for (Edge.Key key : old.keySet()) {
        if (!now.containsKey(key)) {
          into.removeEdge(key);
        }
      }
      for (Edge edge : now.values()) {
        if (!edge.equals(old.get(edge.key()))) {
          into.put(edge);
        }
      }
    }
  }

  private Map<Edge.Key, Edge> edgesByKey(FunctionRef ref) {
    FunctionDeclaration self = functions.get(ref);
    if (self == null) {
      return Map.of();
    }
    Map<Edge.Key, Edge> edges = new HashMap<>();
    if (self.isPublic()) {
      add(edges, FunctionRef.INGRESS, ref, EdgeOrigin.PUBLIC);
    }
    for (FunctionRef callee : self.calls()) {
      FunctionDeclaration target = functions.get(callee);
      if (target != null && target.admits(ref)) {
        add(edges, ref, callee, EdgeOrigin.CALLS);
      }
    }
    for (FunctionRef caller : declaredCallers.getOrDefault(ref, HashTreePSet.empty())) {
      if (self.admits(caller)) {
        add(edges, caller, ref, EdgeOrigin.CALLS);
      }
    }
    Tenant tenant = tenants.get(ref.namespace());
    if (tenant != null && tenant.policy() == EdgePolicy.TENANT) {
      for (FunctionRef other : peersOf(ref)) {
        add(edges, ref, other, EdgeOrigin.POLICY);
        add(edges, other, ref, EdgeOrigin.POLICY);
      }
    }
    return edges;
  }

  private List<FunctionRef> peersOf(FunctionRef ref) {
    List<FunctionRef> peers = new ArrayList<>(functionsOf(ref.namespace()));
    peers.remove(ref);
    return peers;
  }

  /** The first reason found for an edge stays; callers ask in the order of {@link EdgeOrigin}. */
  private void add(
      Map<Edge.Key, Edge> edges, FunctionRef caller, FunctionRef callee, EdgeOrigin origin) {
    Tenant tenant = tenants.get(callee.namespace());
    DataPath dataPath = tenant == null ? DataPath.FABRIC : tenant.dataPath();
    FunctionDeclaration declared = functions.get(caller);
    CallPolicy policy = declared == null ? CallPolicy.NONE : declared.policies().to(callee);
    Edge edge = new Edge(caller, callee, dataPath, origin, policy);
    edges.putIfAbsent(edge.key(), edge);
  }

  private static <K> PMap<K, PSet<FunctionRef>> plus(
      PMap<K, PSet<FunctionRef>> index, K key, FunctionRef ref) {
    return index.plus(key, index.getOrDefault(key, HashTreePSet.empty()).plus(ref));
  }

  private static <K> PMap<K, PSet<FunctionRef>> minus(
      PMap<K, PSet<FunctionRef>> index, K key, FunctionRef ref) {
    PSet<FunctionRef> shrunk = index.getOrDefault(key, HashTreePSet.empty()).minus(ref);
    return shrunk.isEmpty() ? index.minus(key) : index.plus(key, shrunk);
  }
}
