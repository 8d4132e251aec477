package io.directfaas.xds.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.ReplicaState;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a change makes anew, counted by the calls of the factory; and what if one of them fails. */
class RebuildTest {
  private static final EnvoyResources RESOURCES =
      new EnvoyResources(new IngressConfig("127.0.0.1", 8080, null, "/gw.sock", "openfaas-fn"));

  /** Notes what it is asked for, and fails for the functions it is told to fail for. */
  private static final class Watched implements ResourceFactory {
    final List<String> asked = new ArrayList<>();
    Set<FunctionRef> broken = Set.of();

    private void ask(String what, FunctionRef function) {
      asked.add(what + " " + function);
      if (broken.contains(function)) {
        throw new IllegalStateException("nothing can be made of " + function);
      }
    }

    @Override
    public List<XdsResource> own(Graph graph, FunctionRef function) {
      ask("own", function);
      return RESOURCES.own(graph, function);
    }

    @Override
    public List<XdsResource> edge(Graph graph, Edge edge) {
      if (edge.caller().isIngress()) {
        ask("edge to", edge.callee());
      }
      return RESOURCES.edge(graph, edge);
    }

    @Override
    public List<XdsResource> callee(Graph graph, FunctionRef function) {
      ask("callee", function);
      return RESOURCES.callee(graph, function);
    }

    @Override
    public List<XdsResource> inbound(FunctionRef function, SortedSet<FunctionRef> callers) {
      ask("inbound", function);
      return RESOURCES.inbound(function, callers);
    }
  }

  private final Watched factory = new Watched();
  private final TestGraph graph = new TestGraph();
  private ResourceStore store;

  RebuildTest() {
    for (int i = 0; i < 30; i++) {
      graph.function("f" + i).replica("f" + i + "-1", "f" + i, 8080);
    }
    for (int i = 0; i < 30; i++) {
      // Each calls the next two.
      graph.edges("f" + i, "f" + (i + 1) % 30, "f" + (i + 2) % 30);
    }
    store = ResourceStore.of(graph.graph(), factory, SecretSource.NONE);
  }

  private List<String> rebuiltBy(TestGraph changed) {
    factory.asked.clear();
    List<ResourceStore.Update> steps = store.steps(changed.graph(), changed.delta());
    List<String> asked =
        factory.asked.stream().map(what -> what.replaceFirst("[a-z]+/", "")).sorted().toList();
    store = steps.getLast().store();
    return asked;
  }

  @Test
  void anEdgeIsMadeAnewForItsTwoEnds() {
    assertThat(rebuiltBy(graph.edges("f3", "f9"))).containsExactly("callee f9", "own f3");
    assertThat(rebuiltBy(graph.withoutEdge("f3", "f9"))).containsExactly("callee f9", "own f3");
  }

  @Test
  void aReplicaIsMadeAnewForItsFunctionAndNoCaller() {
    assertThat(rebuiltBy(graph.replica("f5-2", "f5", 8081))).containsExactly("callee f5");
    assertThat(rebuiltBy(graph.withoutReplica("f5-2"))).containsExactly("callee f5");
  }

  @Test
  void theFirstReplicaAndTheLastAreNewsForTheCallersToo() {
    List<String> withCallers = List.of("callee f5", "own f3", "own f4");
    assertThat(rebuiltBy(graph.withoutReplica("f5-1"))).isEqualTo(withCallers);
    assertThat(rebuiltBy(graph.replica("f5-1", "f5", 8080, ReplicaState.STARTING)))
        .containsExactly("callee f5");
    assertThat(rebuiltBy(graph.replica("f5-1", "f5", 8080))).isEqualTo(withCallers);
    assertThat(rebuiltBy(graph.replica("f5-1", "f5", 8080, ReplicaState.DRAINING)))
        .isEqualTo(withCallers);
  }

  @Test
  void ofWhatIsPublicOnlyWhatHasChangedIsMadeAnew() {
    String ingress = "own directfaas-ingress";
    for (int i = 0; i < 30; i++) {
      graph.edges("ingress", "f" + i);
    }
    store = ResourceStore.of(graph.graph(), factory, SecretSource.NONE);
    assertThat(rebuiltBy(graph.withoutEdge("ingress", "f5"))).containsExactly("callee f5", ingress);
    assertThat(rebuiltBy(graph.edges("ingress", "f5")))
        .containsExactly("callee f5", "edge to f5", ingress);
    assertThat(rebuiltBy(graph.withoutReplica("f5-1")))
        .containsExactly("callee f5", "edge to f5", ingress, "own f3", "own f4");
    assertThat(rebuiltBy(graph.replica("f6-2", "f6", 8081))).containsExactly("callee f6");
  }

  @Test
  void aFunctionThatNobodyCallsIsMadeAloneAndItsGoingCostsNothing() {
    assertThat(rebuiltBy(graph.function("new"))).containsExactly("own new");
    assertThat(rebuiltBy(graph.change(delta -> delta.removeFunction(TestGraph.ref("new")))))
        .isEmpty();
  }

  @Test
  void anMtlsEdgeIsMadeAnewForItsEndsWithTheCallersAdmittedFirst() {
    graph.function("globex/x").edges("f1", "globex/x").dataPath("globex", DataPath.MTLS);
    store = ResourceStore.of(graph.graph(), factory, SecretSource.NONE);
    // For one step the old and the new callers, where they differ both ways.
    assertThat(rebuiltBy(graph.edges("f2", "globex/x")))
        .containsExactly("callee x", "inbound x", "own f2");
    assertThat(rebuiltBy(graph.withoutEdge("f1", "globex/x")))
        .containsExactly("callee x", "inbound x", "inbound x", "own f1");
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void nothingIsMadeTwiceForOneChangeNorForWhoIsNeitherChangedNorANeighbour(long seed) {
    RandomGraphs random = new RandomGraphs(seed);
    ResourceStore current = ResourceStore.of(random.graph(), factory, SecretSource.NONE);
    for (int i = 0; i < 80; i++) {
      Graph before = random.graph();
      GraphDelta delta = random.step();
      factory.asked.clear();
      List<ResourceStore.Update> steps = current.steps(random.graph(), delta);
      current = steps.getLast().store();
      Map<String, Integer> times = new HashMap<>();
      factory.asked.forEach(what -> times.merge(what, 1, Integer::sum));
      Set<String> near = near(before, random.graph(), delta);
      String where = "seed %d, step %d".formatted(seed, i);
      times.forEach(
          (what, count) -> {
            // An inbound side may need a step in which old and new callers are admitted.
            assertThat(count).as(where + ": " + what).isLessThanOrEqualTo(steps.size());
            assertThat(near).as(where).contains(what.substring(what.lastIndexOf(' ') + 1));
          });
    }
  }

  /** The names of all that a change names, and of what is one edge away from it. */
  private static Set<String> near(Graph before, Graph after, GraphDelta delta) {
    Set<FunctionRef> changed = new TreeSet<>(delta.removedFunctions());
    delta.putFunctions().forEach(function -> changed.add(function.ref()));
    delta.putReplicas().forEach(replica -> changed.add(replica.function()));
    delta
        .putReplicas()
        .forEach(r -> before.replica(r.id()).ifPresent(o -> changed.add(o.function())));
    delta
        .removedReplicas()
        .forEach(id -> before.replica(id).ifPresent(r -> changed.add(r.function())));
    delta.putEdges().forEach(edge -> changed.addAll(List.of(edge.caller(), edge.callee())));
    delta.removedEdges().forEach(edge -> changed.addAll(List.of(edge.caller(), edge.callee())));
    Set<String> near = new TreeSet<>();
    for (FunctionRef function : changed) {
      near.add(function.toString());
      after.edgesTo(function).forEach(edge -> near.add(edge.caller().toString()));
    }
    return near;
  }

  // ---- a fault of ours

  @Test
  void whatCannotBeMadeStaysAsItWasAndStopsNobodyElse() {
    FunctionRef f5 = TestGraph.ref("f5");
    XdsResource before = endpoints("f4", "fn/acme/f5");
    factory.broken = Set.of(f5);
    graph.change(
        delta -> {
          delta.put(replica("f5-2", "f5"));
          delta.put(replica("f6-2", "f6"));
        });
    rebuiltBy(graph);

    assertThat(store.failures()).containsOnlyKeys(f5);
    assertThat(store.failures().get(f5)).contains("nothing can be made of acme/f5");
    assertThat(endpoints("f4", "fn/acme/f5")).isEqualTo(before);
    assertThat(endpoints("f4", "fn/acme/f6"))
        .isEqualTo(fresh("f4", "fn/acme/f6"))
        .isNotEqualTo(before);

    // Tried again with the next change, whatever that is about.
    factory.broken = Set.of();
    rebuiltBy(graph.edges("f20", "f25"));
    assertThat(store.failures()).isEmpty();
    assertThat(store.everything())
        .isEqualTo(ResourceStore.of(graph.graph(), RESOURCES, SecretSource.NONE).everything());
  }

  @Test
  void aFunctionOfWhichNothingCanBeMadeFromTheBeginningIsAloneWithIt() {
    factory.broken = Set.of(TestGraph.ref("f7"));
    ResourceStore built = ResourceStore.of(graph.graph(), factory, SecretSource.NONE);
    assertThat(built.failures()).containsOnlyKeys(TestGraph.ref("f7"));
    assertThat(built.functions()).hasSize(30).doesNotContain(TestGraph.ref("f7"));
  }

  private static io.directfaas.graph.Replica replica(String id, String function) {
    return new TestGraph()
        .function(function)
        .replica(id, function, 8081)
        .graph()
        .replica(id)
        .orElseThrow();
  }

  private XdsResource endpoints(String caller, String name) {
    return endpoints(store, caller, name);
  }

  private XdsResource fresh(String caller, String name) {
    return endpoints(ResourceStore.of(graph.graph(), RESOURCES, SecretSource.NONE), caller, name);
  }

  private static XdsResource endpoints(ResourceStore store, String caller, String name) {
    return Objects.requireNonNull(
        Objects.requireNonNull(store.view(TestGraph.ref(caller))).get(ResourceType.ENDPOINT, name));
  }
}
