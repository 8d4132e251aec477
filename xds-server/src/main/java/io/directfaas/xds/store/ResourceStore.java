package io.directfaas.xds.store;

import io.directfaas.graph.Edge;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * The resources of every function at one revision. Immutable; {@link #update} gives the next one in
 * O(functions and edges touched), sharing the rest.
 *
 * <p>What a function's sidecars may see is its own resources and those of its callees. Views are
 * windows onto the store, not copies: a callee's new replica costs its callers nothing until they
 * look.
 */
public final class ResourceStore {
  private record Key(String typeUrl, String name) {}

  private record Shared(FunctionRef owner, XdsResource resource) {}

  private record Own(Map<String, Map<String, XdsResource>> resources, Set<FunctionRef> callees) {}

  /**
   * A store and whom it concerns.
   *
   * @param touched the functions whose view changed, for better or worse
   */
  public record Update(ResourceStore store, Set<FunctionRef> touched) {}

  private final ResourceFactory factory;
  private final Graph graph;
  private final PMap<FunctionRef, Own> functions;
  private final PMap<FunctionRef, List<XdsResource>> callees;
  private final PMap<Key, Shared> shared;

  private ResourceStore(
      ResourceFactory factory,
      Graph graph,
      PMap<FunctionRef, Own> functions,
      PMap<FunctionRef, List<XdsResource>> callees,
      PMap<Key, Shared> shared) {
    this.factory = factory;
    this.graph = graph;
    this.functions = functions;
    this.callees = callees;
    this.shared = shared;
  }

  /** The store of a whole graph: O(graph). */
  public static ResourceStore of(Graph graph, ResourceFactory factory) {
    return empty(graph, factory).rebuild(graph, GraphDelta.snapshot(graph)).store();
  }

  private static ResourceStore empty(Graph graph, ResourceFactory factory) {
    return new ResourceStore(
        factory,
        Graph.empty(graph.id()),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty());
  }

  public long revision() {
    return graph.revision();
  }

  public Graph graph() {
    return graph;
  }

  /** The functions that have a view. */
  public Set<FunctionRef> functions() {
    return functions.keySet();
  }

  /**
   * The store of a later graph.
   *
   * @param target the graph it is to hold
   * @param delta what leads there from this store's graph; a delta from elsewhere, or null, makes
   *     it compare the graphs whole
   */
  public Update update(Graph target, @Nullable GraphDelta delta) {
    boolean fits =
        delta != null
            && graph.id().equals(target.id())
            && delta.from() == graph.revision()
            && delta.to() == target.revision();
    return rebuild(target, fits && delta != null ? delta : GraphDelta.between(graph, target));
  }

  private Update rebuild(Graph target, GraphDelta delta) {
    Set<FunctionRef> ownDirty = new LinkedHashSet<>();
    Set<FunctionRef> calleeDirty = new LinkedHashSet<>();
    for (Function function : delta.putFunctions()) {
      ownDirty.add(function.ref());
    }
    ownDirty.addAll(delta.removedFunctions());
    for (Edge edge : delta.putEdges()) {
      ownDirty.add(edge.caller());
      calleeDirty.add(edge.callee());
    }
    for (Edge.Key edge : delta.removedEdges()) {
      ownDirty.add(edge.caller());
      calleeDirty.add(edge.callee());
    }
    for (Replica replica : delta.putReplicas()) {
      calleeDirty.add(replica.function());
      addOwner(calleeDirty, replica.id());
    }
    delta.removedReplicas().forEach(id -> addOwner(calleeDirty, id));

    Set<FunctionRef> touched = new TreeSet<>();
    PMap<FunctionRef, List<XdsResource>> newCallees = callees;
    PMap<Key, Shared> newShared = shared;
    for (FunctionRef callee : calleeDirty) {
      List<XdsResource> before = callees.getOrDefault(callee, List.of());
      List<XdsResource> after =
          target.edgesTo(callee).isEmpty() ? List.of() : factory.callee(target, callee);
      if (before.equals(after)) {
        continue;
      }
      for (XdsResource resource : before) {
        newShared = newShared.minus(keyOf(resource));
      }
      for (XdsResource resource : after) {
        newShared = newShared.plus(keyOf(resource), new Shared(callee, resource));
      }
      newCallees =
          after.isEmpty() ? newCallees.minus(callee) : newCallees.plus(callee, List.copyOf(after));
      target.edgesTo(callee).forEach(edge -> touched.add(edge.caller()));
    }

    PMap<FunctionRef, Own> newFunctions = functions;
    for (FunctionRef ref : ownDirty) {
      Own before = functions.get(ref);
      Own after = target.functions().containsKey(ref) ? ownOf(target, ref) : null;
      if (after == null) {
        newFunctions = newFunctions.minus(ref);
      } else if (!after.equals(before)) {
        newFunctions = newFunctions.plus(ref, after);
        touched.add(ref);
      }
    }
    // An edge may outlive its caller's entry for a moment; who has no view is not touched.
    touched.retainAll(newFunctions.keySet());
    return new Update(
        new ResourceStore(factory, target, newFunctions, newCallees, newShared), touched);
  }

  private void addOwner(Set<FunctionRef> dirty, String replicaId) {
    graph.replica(replicaId).ifPresent(before -> dirty.add(before.function()));
  }

  private Own ownOf(Graph target, FunctionRef ref) {
    Map<String, Map<String, XdsResource>> byType = new TreeMap<>();
    for (XdsResource resource : factory.own(target, ref)) {
      byType
          .computeIfAbsent(resource.type().url(), type -> new TreeMap<>())
          .put(resource.name(), resource);
    }
    Set<FunctionRef> targets = new TreeSet<>();
    target.edgesFrom(ref).forEach(edge -> targets.add(edge.callee()));
    return new Own(byType, targets);
  }

  private static Key keyOf(XdsResource resource) {
    return new Key(resource.type().url(), resource.name());
  }

  /** What the sidecars of this function may see, or null where the graph has no such function. */
  public @Nullable ResourceView view(FunctionRef function) {
    Own own = functions.get(function);
    return own == null ? null : new View(own);
  }

  private final class View implements ResourceView {
    private final Own own;

    private View(Own own) {
      this.own = own;
    }

    @Override
    public long revision() {
      return graph.revision();
    }

    @Override
    public @Nullable XdsResource get(ResourceType type, String name) {
      Map<String, XdsResource> ofType = own.resources.get(type.url());
      XdsResource resource = ofType == null ? null : ofType.get(name);
      if (resource == null) {
        Shared found = shared.get(new Key(type.url(), name));
        resource = found != null && own.callees.contains(found.owner) ? found.resource : null;
      }
      return resource;
    }

    @Override
    public Collection<String> names(ResourceType type) {
      Map<String, XdsResource> ofType = own.resources.get(type.url());
      List<String> names = new ArrayList<>(ofType == null ? Set.of() : ofType.keySet());
      for (FunctionRef callee : own.callees) {
        for (XdsResource resource : callees.getOrDefault(callee, List.of())) {
          if (resource.type().equals(type)) {
            names.add(resource.name());
          }
        }
      }
      return names;
    }
  }

  /** Every resource of every function, for comparing whole stores: O(everything). */
  Map<FunctionRef, Map<String, XdsResource>> everything() {
    Map<FunctionRef, Map<String, XdsResource>> all = new TreeMap<>();
    functions
        .keySet()
        .forEach(
            ref -> {
              ResourceView view = view(ref);
              Map<String, XdsResource> resources = new TreeMap<>();
              if (view != null) {
                for (ResourceType type : ResourceType.MAKE_ORDER) {
                  for (String name : view.names(type)) {
                    XdsResource resource = view.get(type, name);
                    if (resource != null) {
                      resources.put(type.url() + " " + name, resource);
                    }
                  }
                }
              }
              all.put(ref, resources);
            });
    return all;
  }

  /** How many resources the store holds beyond those of single functions. */
  int sharedCount() {
    return shared.size();
  }
}
