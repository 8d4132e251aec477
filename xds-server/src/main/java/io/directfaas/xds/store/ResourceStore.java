package io.directfaas.xds.store;

import io.directfaas.graph.DataPath;
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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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

  /**
   * What a function needs to be called through its sidecars.
   *
   * @param callers who may
   */
  private record Inbound(SortedSet<FunctionRef> callers, List<XdsResource> resources) {
    static final Inbound NONE = new Inbound(new TreeSet<>(), List.of());
  }

  /**
   * What a function needs to call.
   *
   * @param resources for all of its calls, by type and name
   * @param edges for the calls of each callee
   * @param ofEdges the same, by type and name
   */
  private record Own(
      Map<String, Map<String, XdsResource>> resources,
      PMap<FunctionRef, List<XdsResource>> edges,
      PMap<String, PMap<String, XdsResource>> ofEdges) {
    private static final Own NONE = new Own(Map.of(), HashTreePMap.empty(), HashTreePMap.empty());

    boolean calls(FunctionRef callee) {
      return edges.containsKey(callee);
    }

    @Nullable XdsResource get(ResourceType type, String name) {
      XdsResource resource = resources.getOrDefault(type.url(), Map.of()).get(name);
      return resource != null
          ? resource
          : ofEdges.getOrDefault(type.url(), HashTreePMap.empty()).get(name);
    }

    /** With these for the calls of a callee in place of others; null for a callee no longer. */
    Own with(FunctionRef callee, @Nullable List<XdsResource> now) {
      List<XdsResource> before = edges.get(callee);
      if (Objects.equals(before, now)) {
        return this;
      }
      PMap<String, PMap<String, XdsResource>> byType = ofEdges;
      for (XdsResource resource : before == null ? List.<XdsResource>of() : before) {
        String type = resource.type().url();
        byType =
            byType.plus(
                type, byType.getOrDefault(type, HashTreePMap.empty()).minus(resource.name()));
      }
      for (XdsResource resource : now == null ? List.<XdsResource>of() : now) {
        String type = resource.type().url();
        byType =
            byType.plus(
                type,
                byType.getOrDefault(type, HashTreePMap.empty()).plus(resource.name(), resource));
      }
      return new Own(
          resources, now == null ? edges.minus(callee) : edges.plus(callee, now), byType);
    }

    /** With these for all of its calls. */
    Own with(Map<String, Map<String, XdsResource>> now) {
      return resources.equals(now) ? this : new Own(now, edges, ofEdges);
    }

    /** Whether it sees none of these, having its own of the same names. */
    boolean replaces(List<Key> keys) {
      return keys.stream()
          .allMatch(key -> resources.getOrDefault(key.typeUrl, Map.of()).containsKey(key.name));
    }
  }

  /**
   * A store and whom it concerns.
   *
   * @param touched the functions whose view changed, for better or worse
   * @param urgent those of them that see other endpoints: calls wait for them, or run into those
   *     that are gone
   */
  public record Update(ResourceStore store, Set<FunctionRef> touched, Set<FunctionRef> urgent) {}

  /** What is tried again with the next update, and why it was not made. */
  private record Failed(Map<FunctionRef, String> own, Map<FunctionRef, String> callees) {
    private static final Failed NONE = new Failed(Map.of(), Map.of());
  }

  private final ResourceFactory factory;
  private final SecretSource secrets;
  private final Graph graph;
  private final PMap<FunctionRef, Own> functions;
  private final PMap<FunctionRef, List<XdsResource>> callees;
  private final PMap<Key, Shared> shared;
  private final PMap<FunctionRef, Inbound> inbound;
  private final Failed failed;

  private ResourceStore(
      ResourceFactory factory,
      SecretSource secrets,
      Graph graph,
      PMap<FunctionRef, Own> functions,
      PMap<FunctionRef, List<XdsResource>> callees,
      PMap<Key, Shared> shared,
      PMap<FunctionRef, Inbound> inbound,
      Failed failed) {
    this.factory = factory;
    this.secrets = secrets;
    this.graph = graph;
    this.functions = functions;
    this.callees = callees;
    this.shared = shared;
    this.inbound = inbound;
    this.failed = failed;
  }

  /** The store of a whole graph: O(graph). */
  public static ResourceStore of(Graph graph, ResourceFactory factory, SecretSource secrets) {
    return empty(graph, factory, secrets).update(graph, GraphDelta.snapshot(graph)).store();
  }

  private static ResourceStore empty(Graph graph, ResourceFactory factory, SecretSource secrets) {
    return new ResourceStore(
        factory,
        secrets,
        Graph.empty(graph.id()),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        Failed.NONE);
  }

  public long revision() {
    return graph.revision();
  }

  public Graph graph() {
    return graph;
  }

  /**
   * Of which functions no resources could be made, and why: a fault of ours, and no other function
   * suffers from it. Their sidecars keep what they have. Each update tries them again.
   */
  public Map<FunctionRef, String> failures() {
    Map<FunctionRef, String> all = new TreeMap<>(failed.own);
    all.putAll(failed.callees);
    return all;
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
    GraphDelta way = fitting(target, delta);
    return whole(target, way, outward(target, way));
  }

  /** The outward side of a change, and with it who may come in. */
  private Update whole(Graph target, GraphDelta way, Update outward) {
    Set<FunctionRef> touched = new TreeSet<>(outward.touched);
    PMap<FunctionRef, Inbound> after = inbound;
    for (FunctionRef callee : calleesOf(way)) {
      Inbound old = inbound.getOrDefault(callee, Inbound.NONE);
      Inbound now = inboundOf(callee, callersIn(target, callee));
      after = now.callers.isEmpty() ? after.minus(callee) : after.plus(callee, now);
      if (!now.equals(old) && outward.store.functions.containsKey(callee)) {
        touched.add(callee);
      }
    }
    return new Update(outward.store.with(after), touched, outward.urgent);
  }

  /**
   * The way to a later graph on which no call meets a closed door: who is going to be called
   * through its sidecar admits the new callers before they come, and lets go of the old ones only
   * when they have gone. Each step is to be taken up before the next.
   *
   * @return one to three steps, the last of them with the store that {@link #update} gives
   */
  public List<Update> steps(Graph target, @Nullable GraphDelta delta) {
    GraphDelta way = fitting(target, delta);
    Update outward = outward(target, way);
    ResourceStore end = whole(target, way, outward).store;
    PMap<FunctionRef, Inbound> both = end.inbound;
    Set<FunctionRef> gain = new TreeSet<>();
    Set<FunctionRef> loss = new TreeSet<>();
    for (FunctionRef callee : calleesOf(way)) {
      if (!functions.containsKey(callee) || !end.functions.containsKey(callee)) {
        // Just come, or gone: nobody calls it.
        continue;
      }
      Inbound before = inbound.getOrDefault(callee, Inbound.NONE);
      Inbound after = end.inbound.getOrDefault(callee, Inbound.NONE);
      SortedSet<FunctionRef> callers = new TreeSet<>(before.callers);
      callers.addAll(after.callers);
      if (!callers.equals(before.callers)) {
        gain.add(callee);
      }
      if (!callers.equals(after.callers)) {
        loss.add(callee);
        both = both.plus(callee, inboundOf(callee, callers));
      }
    }
    List<Update> steps = new ArrayList<>();
    if (!gain.isEmpty()) {
      steps.add(new Update(with(both), gain, Set.of()));
    }
    steps.add(new Update(outward.store.with(both), outward.touched, outward.urgent));
    if (!loss.isEmpty()) {
      steps.add(new Update(end, loss, Set.of()));
    }
    return steps;
  }

  private ResourceStore with(PMap<FunctionRef, Inbound> other) {
    return new ResourceStore(factory, secrets, graph, functions, callees, shared, other, failed);
  }

  private static Set<FunctionRef> calleesOf(GraphDelta delta) {
    Set<FunctionRef> callees = new LinkedHashSet<>(delta.removedFunctions());
    delta.putEdges().forEach(edge -> callees.add(edge.callee()));
    delta.removedEdges().forEach(edge -> callees.add(edge.callee()));
    return callees;
  }

  private static SortedSet<FunctionRef> callersIn(Graph target, FunctionRef callee) {
    SortedSet<FunctionRef> callers = new TreeSet<>();
    if (target.functions().containsKey(callee)) {
      for (Edge edge : target.edgesTo(callee)) {
        if (edge.dataPath() == DataPath.MTLS) {
          callers.add(edge.caller());
        }
      }
    }
    return callers;
  }

  private Inbound inboundOf(FunctionRef callee, SortedSet<FunctionRef> callers) {
    return callers.isEmpty()
        ? Inbound.NONE
        : new Inbound(callers, List.copyOf(factory.inbound(callee, callers)));
  }

  private GraphDelta fitting(Graph target, @Nullable GraphDelta delta) {
    boolean fits =
        delta != null
            && graph.id().equals(target.id())
            && delta.from() == graph.revision()
            && delta.to() == target.revision();
    return fits && delta != null ? delta : GraphDelta.between(graph, target);
  }

  /** All but what is needed to be called. */
  private Update outward(Graph target, GraphDelta delta) {
    Set<FunctionRef> ownDirty = new LinkedHashSet<>();
    Set<FunctionRef> calleeDirty = new LinkedHashSet<>();
    Set<Edge.Key> edgeDirty = new LinkedHashSet<>();
    for (Function function : delta.putFunctions()) {
      ownDirty.add(function.ref());
      if (!function.equals(functionBefore(function.ref()))) {
        calleeDirty.add(function.ref());
        target.edgesTo(function.ref()).forEach(edge -> edgeDirty.add(edge.key()));
      }
    }
    ownDirty.addAll(delta.removedFunctions());
    for (Edge edge : delta.putEdges()) {
      edgeDirty.add(edge.key());
      calleeDirty.add(edge.callee());
    }
    for (Edge.Key edge : delta.removedEdges()) {
      edgeDirty.add(edge);
      calleeDirty.add(edge.callee());
    }
    for (Replica replica : delta.putReplicas()) {
      calleeDirty.add(replica.function());
      addOwner(calleeDirty, replica.id());
    }
    delta.removedReplicas().forEach(id -> addOwner(calleeDirty, id));

    calleeDirty.addAll(failed.callees.keySet());
    for (FunctionRef callee : calleeDirty) {
      if (isReady(graph, callee) != isReady(target, callee)) {
        target.edgesTo(callee).forEach(edge -> edgeDirty.add(edge.key()));
      }
    }
    Map<FunctionRef, Set<FunctionRef>> edgesOf = new HashMap<>();
    for (Edge.Key edge : edgeDirty) {
      ownDirty.add(edge.caller());
      edgesOf.computeIfAbsent(edge.caller(), caller -> new LinkedHashSet<>()).add(edge.callee());
    }
    for (FunctionRef again : failed.own.keySet()) {
      ownDirty.add(again);
      target
          .edgesFrom(again)
          .forEach(
              edge ->
                  edgesOf
                      .computeIfAbsent(again, caller -> new LinkedHashSet<>())
                      .add(edge.callee()));
    }

    Failed newFailed = new Failed(new TreeMap<>(), new TreeMap<>());
    Set<FunctionRef> touched = new TreeSet<>();
    Set<FunctionRef> urgent = new TreeSet<>();
    PMap<FunctionRef, List<XdsResource>> newCallees = callees;
    PMap<Key, Shared> newShared = shared;
    Map<FunctionRef, List<Key>> changed = new TreeMap<>();
    for (FunctionRef callee : calleeDirty) {
      List<XdsResource> before = callees.getOrDefault(callee, List.of());
      List<XdsResource> after;
      try {
        after = target.edgesTo(callee).isEmpty() ? List.of() : factory.callee(target, callee);
      } catch (RuntimeException e) {
        newFailed.callees.put(callee, e.toString());
        continue;
      }
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
      boolean endpoints = !endpointsOf(before).equals(endpointsOf(after));
      changed.put(callee, differing(before, after));
      for (Edge edge : target.edgesTo(callee)) {
        if (endpoints) {
          urgent.add(edge.caller());
        }
      }
    }

    PMap<FunctionRef, Own> newFunctions = functions;
    for (FunctionRef ref : ownDirty) {
      Own before = functions.get(ref);
      Own after;
      try {
        after =
            target.functions().containsKey(ref)
                ? ownOf(target, ref, before, edgesOf.getOrDefault(ref, Set.of()))
                : null;
      } catch (RuntimeException e) {
        newFailed.own.put(ref, e.toString());
        continue;
      }
      if (after == null) {
        newFunctions = newFunctions.minus(ref);
      } else if (after != before) {
        newFunctions = newFunctions.plus(ref, after);
        touched.add(ref);
      }
    }
    for (Map.Entry<FunctionRef, List<Key>> entry : changed.entrySet()) {
      for (Edge edge : target.edgesTo(entry.getKey())) {
        Own own = newFunctions.get(edge.caller());
        if (own != null && !own.replaces(entry.getValue())) {
          touched.add(edge.caller());
        }
      }
    }
    // An edge may outlive its caller's entry for a moment; who has no view is not touched.
    touched.retainAll(newFunctions.keySet());
    urgent.retainAll(touched);
    return new Update(
        new ResourceStore(
            factory, secrets, target, newFunctions, newCallees, newShared, inbound, newFailed),
        touched,
        urgent);
  }

  private static boolean isReady(Graph in, FunctionRef function) {
    return in.replicasOf(function).stream().anyMatch(Replica::isReady);
  }

  private @Nullable Function functionBefore(FunctionRef ref) {
    return graph.functions().get(ref);
  }

  private static List<Key> differing(List<XdsResource> before, List<XdsResource> after) {
    return Stream.of(
            before.stream().filter(resource -> !after.contains(resource)),
            after.stream().filter(resource -> !before.contains(resource)))
        .flatMap(resources -> resources)
        .map(ResourceStore::keyOf)
        .distinct()
        .toList();
  }

  private static List<XdsResource> endpointsOf(List<XdsResource> resources) {
    return resources.stream().filter(r -> r.type().equals(ResourceType.ENDPOINT)).toList();
  }

  private void addOwner(Set<FunctionRef> dirty, String replicaId) {
    graph.replica(replicaId).ifPresent(before -> dirty.add(before.function()));
  }

  /**
   * @param before what it was, or null
   * @param changed the callees whose edge, or what that depends on, is not what it was
   * @return the same as before if it makes no difference
   */
  private Own ownOf(Graph target, FunctionRef ref, @Nullable Own before, Set<FunctionRef> changed) {
    Map<String, Map<String, XdsResource>> byType = new TreeMap<>();
    for (XdsResource resource : factory.own(target, ref)) {
      byType
          .computeIfAbsent(resource.type().url(), type -> new TreeMap<>())
          .put(resource.name(), resource);
    }
    Own own = (before == null ? Own.NONE : before).with(byType);
    Collection<FunctionRef> callees =
        before == null ? target.edgesFrom(ref).stream().map(Edge::callee).toList() : changed;
    for (FunctionRef callee : callees) {
      Edge edge = target.edge(ref, callee).orElse(null);
      own = own.with(callee, edge == null ? null : List.copyOf(factory.edge(target, edge)));
    }
    return own;
  }

  private static Key keyOf(XdsResource resource) {
    return new Key(resource.type().url(), resource.name());
  }

  /** What the sidecars of this function may see, or null where the graph has no such function. */
  public @Nullable ResourceView view(FunctionRef function) {
    Own own = functions.get(function);
    return own == null
        ? null
        : new View(function, own, inbound.getOrDefault(function, Inbound.NONE).resources);
  }

  private final class View implements ResourceView {
    private final FunctionRef function;
    private final Own own;
    private final List<XdsResource> toBeCalled;

    /** Each secret stays what it was when it was first looked at. */
    private final Map<String, XdsResource> seen = new ConcurrentHashMap<>(2);

    private View(FunctionRef function, Own own, List<XdsResource> toBeCalled) {
      this.function = function;
      this.own = own;
      this.toBeCalled = toBeCalled;
    }

    @Override
    public long revision() {
      return graph.revision();
    }

    @Override
    public @Nullable XdsResource get(ResourceType type, String name) {
      if (type.equals(ResourceType.SECRET)) {
        return seen.computeIfAbsent(name, n -> secrets.secret(function, n));
      }
      XdsResource resource = own.get(type, name);
      if (resource == null) {
        Shared found = shared.get(new Key(type.url(), name));
        resource =
            found != null && own.calls(found.owner)
                ? found.resource
                : factory.named(graph, function, type, name);
      }
      return resource == null ? inbound(type, name) : resource;
    }

    private @Nullable XdsResource inbound(ResourceType type, String name) {
      for (XdsResource resource : toBeCalled) {
        if (resource.type().equals(type) && resource.name().equals(name)) {
          return resource;
        }
      }
      return null;
    }

    @Override
    public Collection<String> names(ResourceType type) {
      Map<String, XdsResource> ofType = own.resources.get(type.url());
      List<String> names = new ArrayList<>(ofType == null ? Set.of() : ofType.keySet());
      names.addAll(own.ofEdges.getOrDefault(type.url(), HashTreePMap.empty()).keySet());
      toBeCalled.stream()
          .filter(resource -> resource.type().equals(type))
          .forEach(resource -> names.add(resource.name()));
      for (FunctionRef callee : own.edges.keySet()) {
        for (XdsResource resource : callees.getOrDefault(callee, List.of())) {
          boolean replaced = ofType != null && ofType.containsKey(resource.name());
          if (resource.type().equals(type) && !replaced) {
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
                for (ResourceType type : ResourceType.SERVED) {
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
