package io.directfaas.bench;

import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import java.util.Locale;

/** The cost of one change of the store as the number of functions grows. */
final class ChangeCost {
  private static final int ROUNDS = 2_000;

  private ChangeCost() {}

  /** Prints one line per size. */
  static void run(int... sizes) {
    EnvoyResources resources = Bench.resources();
    for (int size : sizes) {
      Graphs graph = new Graphs(size, 10, 0);
      long started = System.nanoTime();
      ResourceStore store = ResourceStore.of(graph.graph(), resources, SecretSource.NONE);
      double whole = (System.nanoTime() - started) / 1e6;
      Times edges = new Times();
      Times endpoints = new Times();
      for (int i = 0; i < ROUNDS; i++) {
        int caller = i * 7919 % size;
        graph.change(delta -> delta.put(graph.edge(caller, caller + 500)));
        store = timed(edges, store, graph);
        int port = 9000 + i;
        graph.change(delta -> delta.put(graph.replica(caller, port)));
        store = timed(endpoints, store, graph);
      }
      System.out.printf(
          Locale.ROOT,
          "functions=%d full build=%.0f ms; one edge: %s; one endpoint: %s%n",
          size,
          whole,
          edges,
          endpoints);
    }
  }

  /** The cost of a change of what is public, which is the ingress's, whose callees are all of it. */
  static void ingress(int... sizes) {
    for (int size : sizes) {
      Graphs graph = new Graphs(size + 1000, 1, size);
      ResourceStore store = ResourceStore.of(graph.graph(), Bench.resources(), SecretSource.NONE);
      Times changes = new Times();
      for (int i = 0; i < 20; i++) {
        int added = size + i;
        graph.change(delta -> delta.put(graph.publicEdge(added)));
        store = timed(changes, store, graph);
      }
      System.out.printf(Locale.ROOT, "public functions=%d one more: %s%n", size, changes);
    }
  }

  private static ResourceStore timed(Times times, ResourceStore store, Graphs graph) {
    long started = System.nanoTime();
    ResourceStore.Update update = store.update(graph.graph(), graph.delta());
    times.add(System.nanoTime() - started);
    return update.store();
  }
}
