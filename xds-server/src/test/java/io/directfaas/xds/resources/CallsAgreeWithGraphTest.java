package io.directfaas.xds.resources;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.resources.Simulation.Outcome;
import io.directfaas.xds.store.RandomGraphs;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over random graphs: a call passes exactly where the graph has its edge, and by its data path. */
class CallsAgreeWithGraphTest {
  private static final EnvoyResources RESOURCES =
      new EnvoyResources(new IngressConfig("127.0.0.1", 8080, null, "/gw.sock", "openfaas-fn"));

  @ParameterizedTest
  @ValueSource(longs = {101, 102, 103, 104})
  void everyPairOfFunctions(long seed) throws Exception {
    RandomGraphs random = new RandomGraphs(seed);
    ResourceStore store = ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE);
    Set<DataPath> seen = new TreeSet<>();
    for (int i = 0; i < 150; i++) {
      GraphDelta delta = random.step();
      store = store.update(random.graph(), delta).store();
      for (FunctionRef from : store.functions()) {
        for (FunctionRef to : store.functions()) {
          if (to.isIngress()) {
            continue;
          }
          Optional<DataPath> expected = random.graph().edge(from, to).map(Edge::dataPath);
          expected.ifPresent(seen::add);
          String what = "seed %d, step %d: %s -> %s".formatted(seed, i, from, to);
          Outcome outcome = call(from, store, to, store);
          assertThat(Optional.ofNullable(outcome.path())).as(what).isEqualTo(expected);
          // Also for a caller whose sidecar is not ours to configure.
          assertThat(Simulation.admitted(from, to, store.view(to)))
              .as(what)
              .isEqualTo(expected.equals(Optional.of(DataPath.MTLS)));
        }
      }
    }
    assertThat(seen).containsExactly(DataPath.values());
  }

  /** Sidecars take up a step in any order, so two neighbouring steps are mixed. */
  @ParameterizedTest
  @ValueSource(longs = {201, 202, 203, 204})
  void noCallOverAnEdgeThatStaysIsStoppedOnTheWay(long seed) throws Exception {
    RandomGraphs random = new RandomGraphs(seed);
    ResourceStore store = ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE);
    int severalSteps = 0;
    for (int i = 0; i < 150; i++) {
      Graph before = random.graph();
      List<ResourceStore> way = new ArrayList<>(List.of(store));
      GraphDelta delta = random.step();
      List<ResourceStore.Update> steps = store.steps(random.graph(), delta);
      steps.forEach(step -> way.add(step.store()));
      severalSteps += steps.size() > 1 ? 1 : 0;
      for (Edge edge : random.graph().edges().values()) {
        if (before.edge(edge.caller(), edge.callee()).isEmpty()) {
          continue;
        }
        for (int step = 1; step < way.size(); step++) {
          for (ResourceStore callers : way.subList(step - 1, step + 1)) {
            for (ResourceStore callees : way.subList(step - 1, step + 1)) {
              Outcome outcome = call(edge.caller(), callers, edge.callee(), callees);
              assertThat(outcome.passes())
                  .as("seed %d, step %d.%d: %s: %s", seed, i, step, edge, outcome.reason())
                  .isTrue();
            }
          }
        }
      }
      store = way.getLast();
    }
    assertThat(severalSteps).isPositive();
  }

  private static Outcome call(
      FunctionRef from, ResourceStore callers, FunctionRef to, ResourceStore callees)
      throws Exception {
    ResourceView caller = Objects.requireNonNull(callers.view(from), from.toString());
    return Simulation.call(from, caller, to, callees.view(to));
  }
}
