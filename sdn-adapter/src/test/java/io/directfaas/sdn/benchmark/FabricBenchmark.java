package io.directfaas.sdn.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.sync.SyncConfig;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * How long the adapter takes with about 100 000 flows in one real switch (datapath in memory). Not
 * part of the ordinary build, since its name is none of a test's; {@code load-tests/fabric/run
 * flows} runs it.
 */
class FabricBenchmark {
  private static final int FUNCTIONS = 320;
  private static final int EDGES_EACH = 155;
  private static final int ROUNDS = 3;
  private static final int CHANGES = 30;
  private static final SyncConfig CONFIG =
      new SyncConfig(
          Duration.ofMinutes(10), Duration.ZERO, Duration.ofSeconds(60), Duration.ofSeconds(60));

  private final GraphFixture graphs = ring();

  private static String name(int function) {
    return "acme/f" + function % FUNCTIONS;
  }

  private static GraphFixture ring() {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    for (int f = 0; f < FUNCTIONS; f++) {
      fixture.function(name(f)).replica(GraphFixture.replica(name(f), "r" + f, f + 2));
    }
    for (int f = 0; f < FUNCTIONS; f++) {
      for (int e = 1; e <= EDGES_EACH; e++) {
        fixture.edge(name(f), name(f + e));
      }
    }
    return fixture;
  }

  @Test
  void hundredThousandFlows() throws Exception {
    Graph graph = graphs.next();
    Replica first = graph.replica("r0").orElseThrow();
    for (int round = 1; round <= ROUNDS; round++) {
      OvsInstance ovs = OvsInstance.dummy();
      try {
        ovs.plugDummies(Map.of(first, 2));
        fill(ovs, graph, round);
        resync(ovs, graph, round);
        if (round == ROUNDS) {
          changes(ovs, graph);
        }
      } finally {
        ovs.close();
      }
    }
  }

  private static void fill(OvsInstance ovs, Graph graph, int round) throws Exception {
    try (Adapter adapter = new Adapter(ovs, CONFIG)) {
      long started = System.nanoTime();
      adapter.prepare(graph);
      Figures.report(
          "%d: %d flows from nothing: %d ms", round, adapter.status().flows(), millis(started));
      adapter.retire(graph.revision());
    }
  }

  private static void resync(OvsInstance ovs, Graph graph, int round) throws Exception {
    try (Adapter adapter = new Adapter(ovs, CONFIG)) {
      long started = System.nanoTime();
      adapter.carry(graph);
      long took = millis(started);
      assertThat(adapter.status().counters().flowsWritten()).isZero();
      assertThat(adapter.status().counters().flowsDeleted()).isZero();
      Figures.report("%d: resync of %d right flows: %d ms", round, adapter.status().flows(), took);
    }
  }

  private void changes(OvsInstance ovs, Graph graph) throws Exception {
    try (Adapter adapter = new Adapter(ovs, CONFIG)) {
      adapter.carry(graph);
      long[] grants = new long[CHANGES];
      long[] revokes = new long[CHANGES];
      for (int i = 0; i < CHANGES; i++) {
        Graph with = graphs.edge(name(0), name(FUNCTIONS - 1 - i)).next();
        long started = System.nanoTime();
        adapter.prepare(with);
        grants[i] = System.nanoTime() - started;
        adapter.retire(with.revision());
        Graph without = graphs.withoutEdge(name(0), name(FUNCTIONS - 1 - i)).next();
        started = System.nanoTime();
        adapter.carry(without);
        revokes[i] = System.nanoTime() - started;
      }
      Figures.report(
          "one edge granted at %d flows: %s", adapter.status().flows(), Figures.spread(grants));
      Figures.report(
          "one edge revoked at %d flows: %s", adapter.status().flows(), Figures.spread(revokes));
    }
  }

  private static long millis(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }
}
