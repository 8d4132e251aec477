package io.directfaas.gateway.owner;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.namespace.NamespaceSpec;
import io.directfaas.gateway.owner.GraphState.Change;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.store.Counters;
import io.directfaas.gateway.store.FunctionRow;
import io.directfaas.gateway.store.NamespaceRow;
import io.directfaas.gateway.store.Rows;
import io.directfaas.graph.Declarations;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionDeclaration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.GraphRules;
import io.directfaas.graph.InvalidGraphException;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.pcollections.PMap;

/**
 * One change in the making: collects what is put and removed, then computes the rows to store, the
 * delta of the graph and the state afterwards. Pure: touches neither store nor network.
 */
final class Draft {
  private final GraphState before;
  private PMap<String, NamespaceRow> namespaces;
  private PMap<FunctionRef, FunctionRow> functions;
  private PMap<String, KnownReplica> replicas;
  private Declarations declarations;
  private int functionId;
  private int tenantId;
  private long generation;
  private final Set<FunctionRef> touched = new HashSet<>();
  private final GraphDelta.Builder delta = new GraphDelta.Builder();
  // The last row put under a key counts; null where it was removed.
  private final Map<String, @Nullable NamespaceRow> namespaceRows = new LinkedHashMap<>();
  private final Map<FunctionRef, @Nullable FunctionRow> functionRows = new LinkedHashMap<>();
  private final Map<String, @Nullable KnownReplica> replicaRows = new LinkedHashMap<>();

  Draft(GraphState before) {
    this.before = before;
    this.namespaces = before.namespaceRows();
    this.functions = before.functionRows();
    this.replicas = before.replicaRows();
    this.declarations = before.declarations();
    this.functionId = before.counters().functionId();
    this.tenantId = before.counters().tenantId();
    this.generation = before.counters().generation();
  }

  Optional<NamespaceRow> namespace(String name) {
    return Optional.ofNullable(namespaces.get(name)).filter(row -> !row.leaving());
  }

  /** A deployed function's row; a leaving one does not exist any more. */
  Optional<FunctionRow> function(FunctionRef ref) {
    return Optional.ofNullable(functions.get(ref)).filter(row -> !row.leaving());
  }

  boolean isLeaving(FunctionRef ref) {
    FunctionRow row = functions.get(ref);
    return row != null && row.leaving();
  }

  Optional<KnownReplica> replica(String id) {
    return Optional.ofNullable(replicas.get(id));
  }

  List<FunctionRef> functionsOf(String namespace) {
    return List.copyOf(declarations.functionsOf(namespace));
  }

  /** The system's own tenant and function, without which no edge from outside can be. */
  void putSystem() {
    if (before.graph().tenant(Tenant.SYSTEM_NAME).isEmpty()) {
      delta.put(Tenant.SYSTEM).put(Function.INGRESS);
    }
  }

  /** Adds or replaces a namespace. One that is still leaving comes back as the tenant it was. */
  void put(NamespaceSpec spec) {
    NamespaceRow old = namespaces.get(spec.name());
    int id = old != null ? old.id() : nextTenantId();
    put(new NamespaceRow(spec, id, false));
  }

  /** Deletes a namespace and all its functions. */
  void leaveNamespace(String name) {
    NamespaceRow row = Objects.requireNonNull(namespaces.get(name));
    put(new NamespaceRow(row.spec(), row.id(), true));
    functionsOf(name).forEach(this::leaveFunction);
    dropIfEmpty(name);
  }

  /**
   * Adds a function, or gives one a new spec. One that is still leaving comes back under the id it
   * had, because its last replicas are in the graph under its name.
   */
  void put(FunctionSpec spec, int desired, Instant now) {
    FunctionRow old = functions.get(spec.ref());
    Instant createdAt = old != null && !old.leaving() ? old.createdAt() : now;
    int id = old != null ? old.id() : nextFunctionId();
    put(new FunctionRow(spec.ref(), id, ++generation, desired, spec, createdAt));
  }

  void scale(FunctionRow row, int desired) {
    put(
        new FunctionRow(
            row.ref(), row.id(), row.generation(), desired, row.spec(), row.createdAt()));
  }

  /** Deletes a function: at once if it has no replica, else when the last one is gone. */
  void leaveFunction(FunctionRef ref) {
    FunctionRow row = Objects.requireNonNull(functions.get(ref));
    put(new FunctionRow(ref, row.id(), row.generation(), 0, null, row.createdAt()));
    dropIfIdle(ref);
  }

  void put(KnownReplica known) {
    replicas = replicas.plus(known.replica().id(), known);
    replicaRows.put(known.replica().id(), known);
    delta.put(known.replica());
  }

  void removeReplica(KnownReplica known) {
    String id = known.replica().id();
    replicas = replicas.minus(id);
    replicaRows.put(id, null);
    delta.removeReplica(id);
    dropIfIdle(known.replica().function());
  }

  /**
   * What this draft comes to. A change that leaves the graph as it is, such as a new number of
   * replicas, makes no revision.
   *
   * @return empty if it changes nothing at all
   * @throws InvalidGraphException if it breaks a rule of the graph
   */
  Optional<Change> finish() {
    Graph graph = before.graph();
    Declarations.edgeChanges(before.declarations(), declarations, touched, delta);
    boolean sameGraph = delta.build(0, 0).isEmpty();
    Rows rows = rows(sameGraph ? graph.revision() : graph.revision() + 1);
    if (sameGraph && isEmpty(rows)) {
      return Optional.empty();
    }
    GraphDelta built = delta.build(graph.revision(), rows.revision());
    List<Violation> violations = GraphRules.check(graph, built);
    if (!violations.isEmpty()) {
      throw new InvalidGraphException(violations);
    }
    GraphState after =
        new GraphState(
            sameGraph ? graph : graph.apply(built),
            namespaces,
            functions,
            replicas,
            declarations,
            rows.counters());
    return Optional.of(new Change(after, rows, built));
  }

  private void put(NamespaceRow row) {
    NamespaceRow old = namespaces.get(row.name());
    if (row.equals(old)) {
      return;
    }
    namespaces = namespaces.plus(row.name(), row);
    namespaceRows.put(row.name(), row);
    Tenant tenant = GraphState.tenantOf(row);
    // Its functions may take from it where their callees' names lead.
    for (Function function : before.graph().functionsOf(row.name())) {
      FunctionRow member = functions.get(function.ref());
      if (member != null) {
        putIfChanged(GraphState.functionOf(member, row), function);
      }
    }
    if (old == null || !tenant.equals(GraphState.tenantOf(old))) {
      delta.put(tenant);
      declarations = declarations.with(tenant);
      touched.addAll(declarations.functionsOf(row.name()));
    }
  }

  private void put(FunctionRow row) {
    FunctionRow old = functions.get(row.ref());
    functions = functions.plus(row.ref(), row);
    functionRows.put(row.ref(), row);
    NamespaceRow namespace = namespaces.get(row.ref().namespace());
    putIfChanged(
        GraphState.functionOf(row, namespace),
        old == null ? null : GraphState.functionOf(old, namespace));
    FunctionSpec spec = row.spec();
    declarations =
        spec == null
            ? declarations.without(row.ref())
            : declarations.with(FunctionDeclaration.parse(row.ref(), spec.annotations()).value());
    touched.add(row.ref());
  }

  private void putIfChanged(Function function, @Nullable Function old) {
    if (!function.equals(old)) {
      delta.put(function);
    }
  }

  /** A deleted function leaves the graph with its last replica, and so does a deleted namespace. */
  private void dropIfIdle(FunctionRef ref) {
    if (isLeaving(ref) && !hasReplicas(ref)) {
      functions = functions.minus(ref);
      functionRows.put(ref, null);
      delta.removeFunction(ref);
      dropIfEmpty(ref.namespace());
    }
  }

  private void dropIfEmpty(String name) {
    NamespaceRow row = namespaces.get(name);
    if (row != null && row.leaving() && !hasFunctions(name)) {
      namespaces = namespaces.minus(name);
      namespaceRows.put(name, null);
      declarations = declarations.withoutTenant(name);
      delta.removeTenant(name);
    }
  }

  private boolean hasReplicas(FunctionRef ref) {
    return before.graph().replicasOf(ref).stream()
        .anyMatch(replica -> replicas.containsKey(replica.id()));
  }

  private boolean hasFunctions(String namespace) {
    return before.graph().functionsOf(namespace).stream()
        .anyMatch(function -> functions.containsKey(function.ref()));
  }

  private int nextTenantId() {
    tenantId =
        nextId(
            tenantId,
            Tenant.MAX_ID,
            id -> namespaces.values().stream().anyMatch(row -> row.id() == id),
            "namespaces");
    return tenantId;
  }

  private int nextFunctionId() {
    functionId =
        nextId(
            functionId,
            Function.MAX_ID,
            id -> before.graph().functionById(id).isPresent(),
            "functions");
    return functionId;
  }

  /** The next free one after the last one given, around the end if need be; 1 is the system's. */
  private static int nextId(int last, int max, IntPredicate taken, String what) {
    int id = last;
    for (int tries = 0; tries < max; tries++) {
      id = id >= max ? 2 : id + 1;
      if (!taken.test(id)) {
        return id;
      }
    }
    throw new RejectedChangeException(
        RejectedChangeException.Reason.CONFLICT,
        new Violation(what, "there are " + (max - 1) + " already, the most there can be"));
  }

  private Rows rows(long revision) {
    return new Rows(
        revision,
        new Counters(functionId, tenantId, generation),
        put(namespaceRows),
        removed(namespaceRows),
        put(functionRows),
        removed(functionRows),
        put(replicaRows),
        removed(replicaRows));
  }

  private static boolean isEmpty(Rows rows) {
    return rows.putNamespaces().isEmpty()
        && rows.removedNamespaces().isEmpty()
        && rows.putFunctions().isEmpty()
        && rows.removedFunctions().isEmpty()
        && rows.putReplicas().isEmpty()
        && rows.removedReplicas().isEmpty();
  }

  private static <K, V> List<V> put(Map<K, @Nullable V> rows) {
    List<V> put = new ArrayList<>();
    for (V row : rows.values()) {
      if (row != null) {
        put.add(row);
      }
    }
    return put;
  }

  private static <K, V> List<K> removed(Map<K, @Nullable V> rows) {
    List<K> removed = new ArrayList<>();
    rows.forEach(
        (key, row) -> {
          if (row == null) {
            removed.add(key);
          }
        });
    return removed;
  }
}
