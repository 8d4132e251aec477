package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.EndlessAdapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An adapter that is killed in the middle of writing, and the one that comes after it. */
class KilledAdapterTest {
  private static final int KILLS = 4;

  private OvsInstance ovs;

  @BeforeEach
  void start() throws Exception {
    ovs = OvsInstance.dummy();
    ovs.plugDummies(Map.of(EndlessAdapter.replica(0), 2));
  }

  @AfterEach
  void stop() {
    ovs.close();
  }

  @Test
  void whatItLeftIsMadeRightByTheNextOne() throws Exception {
    Random random = new Random(5);
    for (int kill = 0; kill < KILLS; kill++) {
      Process adapter = endless(kill);
      try (BufferedReader output = adapter.inputReader()) {
        assertThat(output.lines().anyMatch(line -> line.startsWith("carried"))).isTrue();
        // Bundles of a few thousand flows follow each other without a pause.
        TimeUnit.MILLISECONDS.sleep(random.nextInt(60));
      } finally {
        adapter.destroyForcibly().waitFor();
      }
      Graph graph = EndlessAdapter.edit(EndlessAdapter.functions("after" + kill), random).next();
      try (Adapter next = new Adapter(ovs)) {
        next.carry(graph);
        var wanted = Pipeline.compile(graph, next.status().ports()).flows();
        List<ObservedFlow> found = next.sync().observe(Table.ALL);
        assertThat(FlowDiff.between(wanted, found, false).isEmpty()).isTrue();
        assertThat(found).hasSize(wanted.size());
        edits(next, random, kill);
      }
    }
  }

  /** Then random edits, each of which must leave exactly what a fresh look at the graph wants. */
  private static void edits(Adapter adapter, Random random, int kill) throws Exception {
    GraphFixture graphs = EndlessAdapter.functions("edits" + kill);
    for (int i = 0; i < 3; i++) {
      Graph graph = EndlessAdapter.edit(graphs, random).next();
      adapter.carry(graph);
      var wanted = Pipeline.compile(graph, adapter.status().ports()).flows();
      List<ObservedFlow> found = adapter.sync().observe(Table.ALL);
      assertThat(FlowDiff.between(wanted, found, false).isEmpty()).isTrue();
    }
  }

  private Process endless(int seed) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            EndlessAdapter.class.getName(),
            ovs.directory().toString(),
            Integer.toString(seed))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
