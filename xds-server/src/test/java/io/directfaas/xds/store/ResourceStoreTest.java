package io.directfaas.xds.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.GraphDelta;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceStoreTest {
  private static final EnvoyResources RESOURCES =
      new EnvoyResources(new IngressConfig("127.0.0.1", 8080, null, "/gw.sock", "openfaas-fn"));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void afterAnyChangesTheIncrementalStoreEqualsAFullRebuild(long seed) {
    RandomGraphs random = new RandomGraphs(seed);
    ResourceStore store = ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE);
    for (int i = 0; i < 80; i++) {
      Map<FunctionRef, Map<String, XdsResource>> before = store.everything();
      GraphDelta delta = random.step();
      List<ResourceStore.Update> steps = store.steps(random.graph(), delta);
      ResourceStore.Update update = store.update(random.graph(), delta);
      store = update.store();
      Set<FunctionRef> touchedBySteps = new HashSet<>();
      steps.forEach(step -> touchedBySteps.addAll(step.touched()));
      assertThat(touchedBySteps).containsAll(update.touched());
      assertThat(steps.getLast().store().everything())
          .as("seed %s, step %s: %s", seed, i, delta)
          .isEqualTo(store.everything());
      ResourceStore rebuilt = ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE);
      Map<FunctionRef, Map<String, XdsResource>> after = store.everything();
      assertThat(after).as("seed %s, step %s: %s", seed, i, delta).isEqualTo(rebuilt.everything());
      assertThat(store.sharedCount()).isEqualTo(rebuilt.sharedCount());

      Set<FunctionRef> changed = new HashSet<>();
      after.forEach(
          (ref, resources) -> {
            if (!resources.equals(before.get(ref))) {
              changed.add(ref);
            }
          });
      // Whose view did not change is not bothered, and nobody is left out.
      assertThat(update.touched()).as("seed %s, step %s: %s", seed, i, delta).isEqualTo(changed);
    }
  }

  @Test
  void aDeltaFromElsewhereStillLeadsToTheRightStore() {
    RandomGraphs random = new RandomGraphs(42);
    ResourceStore store = ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE);
    random.step();
    GraphDelta later = random.step();
    assertThat(store.update(random.graph(), later).store().everything())
        .isEqualTo(ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE).everything());
    assertThat(store.update(random.graph(), null).store().everything())
        .isEqualTo(ResourceStore.of(random.graph(), RESOURCES, SecretSource.NONE).everything());
  }

  @Test
  void aViewHoldsWhatTheOutgoingEdgesNeedAndNothingElse() {
    TestGraph graph =
        new TestGraph().function("a").function("b").function("c").function("globex/x");
    graph.replica("b1", "b", 1).replica("c1", "c", 2).edges("a", "b").edges("c", "globex/x", "b");
    ResourceView view =
        Objects.requireNonNull(
            ResourceStore.of(graph.graph(), RESOURCES, SecretSource.NONE).view(TestGraph.ref("a")));
    assertThat(view.names(ResourceType.CLUSTER)).containsExactly("fn/acme/b");
    assertThat(view.names(ResourceType.ENDPOINT)).containsExactly("fn/acme/b");
    assertThat(view.names(ResourceType.ROUTE)).containsExactly("outbound/acme/a");
    // Not even by name.
    assertThat(view.get(ResourceType.ENDPOINT, "fn/globex/x")).isNull();
    assertThat(view.get(ResourceType.ROUTE, "outbound/acme/c")).isNull();
  }

  @Test
  void calleesAreSharedByAllTheirCallers() {
    TestGraph graph = new TestGraph().function("a").function("b").function("c");
    graph.edges("a", "c").edges("b", "c");
    ResourceStore store = ResourceStore.of(graph.graph(), RESOURCES, SecretSource.NONE);
    assertThat(cluster(store, "a")).isSameAs(cluster(store, "b"));
  }

  private static Object cluster(ResourceStore store, String caller) {
    ResourceView view = Objects.requireNonNull(store.view(TestGraph.ref(caller)));
    return Objects.requireNonNull(view.get(ResourceType.CLUSTER, "fn/acme/c"));
  }
}
