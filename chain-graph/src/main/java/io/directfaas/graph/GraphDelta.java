package io.directfaas.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What turns the graph of revision {@code from} into that of revision {@code to}. Puts replace what
 * stands under the same name; removing what is not there does nothing.
 */
public record GraphDelta(
    long from,
    long to,
    List<Tenant> putTenants,
    List<String> removedTenants,
    List<Function> putFunctions,
    List<FunctionRef> removedFunctions,
    List<Replica> putReplicas,
    List<String> removedReplicas,
    List<Edge> putEdges,
    List<Edge.Key> removedEdges) {

  public GraphDelta {
    if (to < from) {
      throw new IllegalArgumentException("revisions only grow: " + from + " to " + to);
    }
    putTenants = List.copyOf(putTenants);
    removedTenants = List.copyOf(removedTenants);
    putFunctions = List.copyOf(putFunctions);
    removedFunctions = List.copyOf(removedFunctions);
    putReplicas = List.copyOf(putReplicas);
    removedReplicas = List.copyOf(removedReplicas);
    putEdges = List.copyOf(putEdges);
    removedEdges = List.copyOf(removedEdges);
  }

  /** Whether it changes nothing but the revision. */
  public boolean isEmpty() {
    return putTenants.isEmpty()
        && removedTenants.isEmpty()
        && putFunctions.isEmpty()
        && removedFunctions.isEmpty()
        && putReplicas.isEmpty()
        && removedReplicas.isEmpty()
        && putEdges.isEmpty()
        && removedEdges.isEmpty();
  }

  /** The difference between two whole graphs: O(size of both). */
  public static GraphDelta between(Graph before, Graph after) {
    Builder builder = new Builder();
    diff(before.tenants(), after.tenants(), builder::put, t -> builder.removeTenant(t.name()));
    diff(before.functions(), after.functions(), builder::put, f -> builder.removeFunction(f.ref()));
    diff(before.replicas(), after.replicas(), builder::put, r -> builder.removeReplica(r.id()));
    diff(before.edges(), after.edges(), builder::put, e -> builder.removeEdge(e.key()));
    return builder.build(before.revision(), after.revision());
  }

  /** A whole graph as a delta from the empty one. */
  public static GraphDelta snapshot(Graph graph) {
    return between(Graph.empty(graph.id()), graph);
  }

  /**
   * This delta and the next one as a single one: O(size of both deltas).
   *
   * @throws IllegalArgumentException if {@code next} does not start where this one ends
   */
  public GraphDelta then(GraphDelta next) {
    if (next.from != to) {
      throw new IllegalArgumentException(
          "a delta from revision " + next.from + " does not follow one to revision " + to);
    }
    return new Builder().add(this).add(next).build(from, next.to);
  }

  private static <K, V> void diff(
      Map<K, V> before,
      Map<K, V> after,
      java.util.function.Consumer<V> put,
      java.util.function.Consumer<V> remove) {
    before.forEach(
        (key, value) -> {
          if (!after.containsKey(key)) {
            remove.accept(value);
          }
        });
    after.forEach(
        (key, value) -> {
          if (!value.equals(before.get(key))) {
            put.accept(value);
          }
        });
  }

  /**
   * Collects changes; of several to the same thing the last one counts. Not for several threads.
   */
  public static final class Builder {
    private final Map<String, Tenant> tenants = new LinkedHashMap<>();
    private final Set<String> goneTenants = new LinkedHashSet<>();
    private final Map<FunctionRef, Function> functions = new LinkedHashMap<>();
    private final Set<FunctionRef> goneFunctions = new LinkedHashSet<>();
    private final Map<String, Replica> replicas = new LinkedHashMap<>();
    private final Set<String> goneReplicas = new LinkedHashSet<>();
    private final Map<Edge.Key, Edge> edges = new LinkedHashMap<>();
    private final Set<Edge.Key> goneEdges = new LinkedHashSet<>();

    public Builder put(Tenant tenant) {
      return put(tenants, goneTenants, tenant.name(), tenant);
    }

    public Builder removeTenant(String name) {
      return remove(tenants, goneTenants, name);
    }

    public Builder put(Function function) {
      return put(functions, goneFunctions, function.ref(), function);
    }

    public Builder removeFunction(FunctionRef ref) {
      return remove(functions, goneFunctions, ref);
    }

    public Builder put(Replica replica) {
      return put(replicas, goneReplicas, replica.id(), replica);
    }

    public Builder removeReplica(String id) {
      return remove(replicas, goneReplicas, id);
    }

    public Builder put(Edge edge) {
      return put(edges, goneEdges, edge.key(), edge);
    }

    public Builder removeEdge(Edge.Key key) {
      return remove(edges, goneEdges, key);
    }

    /** Adds all that another delta does, after what was collected so far. */
    public Builder add(GraphDelta delta) {
      delta.removedTenants.forEach(this::removeTenant);
      delta.putTenants.forEach(this::put);
      delta.removedFunctions.forEach(this::removeFunction);
      delta.putFunctions.forEach(this::put);
      delta.removedReplicas.forEach(this::removeReplica);
      delta.putReplicas.forEach(this::put);
      delta.removedEdges.forEach(this::removeEdge);
      delta.putEdges.forEach(this::put);
      return this;
    }

    public GraphDelta build(long from, long to) {
      return new GraphDelta(
          from,
          to,
          new ArrayList<>(tenants.values()),
          new ArrayList<>(goneTenants),
          new ArrayList<>(functions.values()),
          new ArrayList<>(goneFunctions),
          new ArrayList<>(replicas.values()),
          new ArrayList<>(goneReplicas),
          new ArrayList<>(edges.values()),
          new ArrayList<>(goneEdges));
    }

    private <K, V> Builder put(Map<K, V> values, Set<K> gone, K key, V value) {
      gone.remove(key);
      values.put(key, value);
      return this;
    }

    private <K, V> Builder remove(Map<K, V> values, Set<K> gone, K key) {
      values.remove(key);
      gone.add(key);
      return this;
    }
  }
}
