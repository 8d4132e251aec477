package io.directfaas.gateway.owner;

import io.directfaas.gateway.namespace.NamespaceSpec;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.store.Counters;
import io.directfaas.gateway.store.FunctionRow;
import io.directfaas.gateway.store.NamespaceRow;
import io.directfaas.gateway.store.Rows;
import io.directfaas.gateway.store.StoredState;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.Declarations;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionDeclaration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.TenantDeclaration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * Everything the owner knows, at one moment: the graph and what it was made from. Immutable, so
 * that readers never see half a change.
 */
public final class GraphState {
  private final Graph graph;
  private final PMap<String, NamespaceRow> namespaces;
  private final PMap<FunctionRef, FunctionRow> functions;
  private final PMap<String, KnownReplica> replicas;
  private final Declarations declarations;
  private final Counters counters;

  /** What {@link #functionsOf} has found: nothing of it changes. */
  private final ConcurrentMap<String, List<DeployedFunction>> listed = new ConcurrentHashMap<>();

  GraphState(
      Graph graph,
      PMap<String, NamespaceRow> namespaces,
      PMap<FunctionRef, FunctionRow> functions,
      PMap<String, KnownReplica> replicas,
      Declarations declarations,
      Counters counters) {
    this.graph = graph;
    this.namespaces = namespaces;
    this.functions = functions;
    this.replicas = replicas;
    this.declarations = declarations;
    this.counters = counters;
  }

  /** The state that was stored, edges computed anew: O(everything), once per start. */
  static GraphState of(StoredState stored) {
    PMap<String, NamespaceRow> namespaces = HashTreePMap.empty();
    PMap<FunctionRef, FunctionRow> functions = HashTreePMap.empty();
    PMap<String, KnownReplica> replicas = HashTreePMap.empty();
    Declarations declarations = Declarations.none();
    GraphDelta.Builder all = new GraphDelta.Builder();
    if (stored.revision() > 0) {
      // not stored, but in the graph from its first revision on
      all.put(Tenant.SYSTEM).put(Function.INGRESS);
    }
    for (NamespaceRow row : stored.namespaces()) {
      namespaces = namespaces.plus(row.name(), row);
      Tenant tenant = tenantOf(row);
      declarations = declarations.with(tenant);
      all.put(tenant);
    }
    for (FunctionRow row : stored.functions()) {
      functions = functions.plus(row.ref(), row);
      if (row.spec() != null) {
        declarations =
            declarations.with(
                FunctionDeclaration.parse(row.ref(), row.spec().annotations()).value());
      }
      all.put(functionOf(row, namespaces.get(row.ref().namespace())));
    }
    for (KnownReplica known : stored.replicas()) {
      replicas = replicas.plus(known.replica().id(), known);
      all.put(known.replica());
    }
    declarations.edges().forEach(all::put);
    Graph graph = Graph.empty(stored.graphId()).apply(all.build(0, stored.revision()));
    return new GraphState(graph, namespaces, functions, replicas, declarations, stored.counters());
  }

  static Tenant tenantOf(NamespaceRow row) {
    TenantDeclaration declared = TenantDeclaration.parse(row.spec().annotations()).value();
    return new Tenant(
        row.name(), row.id(), declared.policy(), declared.dataPath(), declared.bandwidth());
  }

  /** As the graph has it; what its annotations leave open, its namespace's say. */
  static Function functionOf(FunctionRow row, @Nullable NamespaceRow namespace) {
    Optional<FunctionDeclaration> own =
        Optional.ofNullable(row.spec())
            .map(spec -> FunctionDeclaration.parse(row.ref(), spec.annotations()).value());
    NameRoute names =
        own.flatMap(FunctionDeclaration::names)
            .orElseGet(
                () ->
                    namespace == null
                        ? NameRoute.REPLICA
                        : TenantDeclaration.parse(namespace.spec().annotations()).value().names());
    CallPolicy policy =
        own.map(declaration -> declaration.policies().toIt()).orElse(CallPolicy.NONE);
    return new Function(row.ref(), row.id(), names, policy);
  }

  public Graph graph() {
    return graph;
  }

  /** A namespace that exists for users: the system's, and deleted ones, do not. */
  public Optional<NamespaceSpec> namespace(String name) {
    return Optional.ofNullable(namespaces.get(name))
        .filter(row -> !row.leaving())
        .map(NamespaceRow::spec);
  }

  /** All namespaces that exist for users, in order. */
  public List<String> namespaceNames() {
    return namespaces.values().stream()
        .filter(row -> !row.leaving())
        .map(NamespaceRow::name)
        .sorted()
        .toList();
  }

  /** A function that is deployed. */
  public Optional<DeployedFunction> function(FunctionRef ref) {
    return Optional.ofNullable(functions.get(ref)).flatMap(this::deployed);
  }

  /** What is deployed in a namespace, in order of names; the same list for the same state. */
  public List<DeployedFunction> functionsOf(String namespace) {
    List<DeployedFunction> known = listed.get(namespace);
    if (known != null) {
      return known;
    }
    List<DeployedFunction> found = find(namespace);
    if (found.isEmpty()) {
      // Nor is anything kept of names that are only asked for.
      return found;
    }
    listed.put(namespace, found);
    return found;
  }

  private List<DeployedFunction> find(String namespace) {
    return graph.functionsOf(namespace).stream()
        .map(function -> function(function.ref()))
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(DeployedFunction::ref))
        .toList();
  }

  /** All that is deployed. */
  public List<DeployedFunction> functions() {
    return functions.values().stream()
        .map(this::deployed)
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(DeployedFunction::ref))
        .toList();
  }

  List<DesiredFunction> desired() {
    return functions().stream().map(DeployedFunction::desired).toList();
  }

  List<KnownReplica> knownReplicas() {
    return List.copyOf(replicas.values());
  }

  PMap<String, NamespaceRow> namespaceRows() {
    return namespaces;
  }

  PMap<FunctionRef, FunctionRow> functionRows() {
    return functions;
  }

  PMap<String, KnownReplica> replicaRows() {
    return replicas;
  }

  Declarations declarations() {
    return declarations;
  }

  Counters counters() {
    return counters;
  }

  /** This state after a change, as {@link Draft#finish} computed it. */
  record Change(GraphState after, Rows rows, GraphDelta delta) {}

  private Optional<DeployedFunction> deployed(FunctionRow row) {
    return row.spec() == null
        ? Optional.empty()
        : Optional.of(
            new DeployedFunction(
                row.spec(), row.generation(), row.replicas(), ready(row.ref()), row.createdAt()));
  }

  private int ready(FunctionRef ref) {
    return (int) graph.replicasOf(ref).stream().filter(replica -> replica.isReady()).count();
  }
}
