package io.directfaas.sdn.benchmark;

import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.OvsInstance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What the pipeline costs the traffic: real TCP between two namespaces through a userspace datapath
 * with segmentation offload, under our tables and under a single NORMAL flow, on the same bridge,
 * in turns. Needs root. Not part of the ordinary build, since its name is none of a test's; {@code
 * load-tests/fabric/run normal} runs it.
 */
class PipelineAgainstNormalBenchmark {
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);
  private static final int OTHER_FUNCTIONS = 100;
  private static final int OTHER_EDGES_EACH = 50;
  private static final int ROUNDS = Integer.getInteger("rounds", 10);
  private static final double SECONDS = 1;

  /** Two functions that talk, and many more whose flows stand beside theirs. */
  private static GraphFixture graph() {
    GraphFixture fixture =
        new GraphFixture()
            .tenant("acme")
            .function("acme/a")
            .replica(A)
            .function("acme/b")
            .replica(B)
            .edge("acme/a", "acme/b");
    for (int f = 0; f < OTHER_FUNCTIONS; f++) {
      fixture.single("acme/f" + f, f + 10);
    }
    for (int f = 0; f < OTHER_FUNCTIONS; f++) {
      for (int e = 1; e <= OTHER_EDGES_EACH; e++) {
        fixture.edge("acme/f" + f, "acme/f" + (f + e) % OTHER_FUNCTIONS);
      }
    }
    return fixture;
  }

  @Test
  void throughputAndLatencyAgainstASingleNormalFlow() throws Exception {
    try (Namespaces namespaces = new Namespaces()) {
      String fabric = namespaces.create("fabric");
      try (OvsInstance ovs = OvsInstance.inNamespace(fabric)) {
        String a = namespaces.replica(A, fabric, "veth-a");
        String b = namespaces.replica(B, fabric, "veth-b");
        ovs.plugDevice(A, "veth-a");
        ovs.plugDevice(B, "veth-b");
        Path pipeline = ovs.directory().resolve("pipeline.flows");
        try (Adapter adapter = new Adapter(ovs)) {
          adapter.carry(graph().next());
          Figures.report("%d flows in the pipeline", adapter.status().flows());
        }
        // The flows stay without the adapter, and no audit disturbs what is measured.
        Files.write(pipeline, ovs.flows());
        Path normal = ovs.directory().resolve("normal.flows");
        Files.writeString(normal, "priority=0,actions=NORMAL\n");
        try (Peer.Remote server = new Peer.Remote(b, "serve", "8080");
            Peer.Remote client = new Peer.Remote(a, "call", B.ip().toString(), "8080")) {
          turns(ovs, client, List.of(pipeline, normal, normal, pipeline));
        }
      }
    }
  }

  /** Ours, theirs, theirs, ours: what drifts meanwhile disturbs both alike. */
  private static void turns(OvsInstance ovs, Peer.Remote client, List<Path> order)
      throws Exception {
    String[] what = {
      "throughput in Mbit/s",
      "requests per second",
      "p50 of a request in microseconds",
      "p99 of a request in microseconds",
      "vswitchd's processor time in ms per Gbit",
      "vswitchd's processor time in ms per 1000 requests"
    };
    List<List<double[]>> all = new ArrayList<>();
    for (String ignored : what) {
      all.add(new ArrayList<>());
    }
    // The first round warms up.
    for (int round = 0; round <= ROUNDS; round++) {
      double[][] figures = new double[what.length][order.size()];
      for (int turn = 0; turn < order.size(); turn++) {
        ovs.ofctl("replace-flows", order.get(turn).toString());
        client.order("ask 0.2");
        double started = cpuMillis(ovs);
        double[] asked = client.order("ask " + SECONDS);
        double between = cpuMillis(ovs);
        figures[0][turn] = client.order("stream " + SECONDS)[0];
        figures[4][turn] = (cpuMillis(ovs) - between) / (figures[0][turn] * SECONDS / 1000);
        figures[5][turn] = (between - started) / (asked[0] / 1000);
        figures[1][turn] = asked[0] / SECONDS;
        figures[2][turn] = asked[1];
        figures[3][turn] = asked[2];
      }
      for (int w = 0; w < what.length && round > 0; w++) {
        all.get(w).add(figures[w]);
      }
    }
    for (int w = 0; w < what.length; w++) {
      Figures.compare(what[w], "pipeline", "NORMAL", all.get(w));
    }
  }

  /** What others do on the machine costs vswitchd waiting, but hardly any of its own time. */
  private static double cpuMillis(OvsInstance ovs) {
    return ovs.daemonCpu().toNanos() / 1e6;
  }
}
