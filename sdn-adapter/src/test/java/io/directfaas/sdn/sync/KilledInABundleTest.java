package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.CuttingProxy;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * An adapter that dies anywhere in a change: no packet ever sees half of it, and the next one finds
 * its way from wherever it stopped.
 */
class KilledInABundleTest {
  private static final int ROUNDS = 25;
  private static final int REPLICAS = 24;
  private static final long SEED = 20261125;

  @Test
  void afterReconnectingTheDifferenceIsEmptyAndNothingWasHalfApplied() throws Exception {
    Random random = new Random(SEED);
    try (OvsInstance ovs = OvsInstance.dummy()) {
      GraphFixture fixture = new GraphFixture().tenant("acme");
      Map<Replica, Integer> ports = new LinkedHashMap<>();
      for (int i = 1; i <= REPLICAS; i++) {
        Replica replica = GraphFixture.replica("acme/f" + i, "f" + i, i + 1);
        fixture.function("acme/f" + i).replica(replica);
        ports.put(replica, i + 1);
      }
      ovs.plugDummies(ports);
      Graph graph = fixture.next();
      Map<String, io.directfaas.sdn.pipeline.Port> known;
      try (Adapter adapter = new Adapter(ovs)) {
        adapter.carry(graph);
        known = adapter.status().ports();
      }
      int cutInTime = 0;
      for (int round = 0; round < ROUNDS; round++) {
        List<String> before = ovs.flows();
        for (int change = 0; change < 40; change++) {
          String caller = "acme/f" + (1 + random.nextInt(REPLICAS));
          String callee = "acme/f" + (1 + random.nextInt(REPLICAS));
          if (!caller.equals(callee)) {
            if (random.nextBoolean()) {
              fixture.edge(caller, callee);
            } else {
              fixture.withoutEdge(caller, callee);
            }
          }
        }
        Graph next = fixture.next();
        var wanted = Pipeline.compile(next, known);
        boolean committed = dieWithin(ovs, wanted, random.nextInt(12_000));
        List<String> after = ovs.flows();
        if (!committed) {
          cutInTime++;
          // The switch may have done it though it could not say so; but then all of it.
          if (!after.equals(before)) {
            assertThat(after).hasSize(wanted.flows().size());
          }
        }
        try (Adapter adapter = new Adapter(ovs)) {
          adapter.carry(next);
          assertThat(
                  FlowDiff.between(wanted.flows(), adapter.sync().observe(Table.ALL), false)
                      .isEmpty())
              .as("round %d", round)
              .isTrue();
        }
      }
      assertThat(cutInTime).isGreaterThan(ROUNDS / 3);
    }
  }

  /** Whether the change was done, as far as the dying adapter heard. */
  private static boolean dieWithin(OvsInstance ovs, Compiled wanted, int bytes) throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(ovs.managementSocket(), 100 + bytes);
        SwitchConnection connection =
            new SwitchConnection(
                SwitchAddress.unix(proxy.socket()), SessionConfig.defaults(), () -> {})) {
      connection.start();
      OpenFlowSession session = null;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
      while (session == null && proxy.cut().getCount() > 0 && System.nanoTime() < deadline) {
        session = connection.session().orElse(null);
        Thread.sleep(1);
      }
      if (session == null) {
        return false;
      }
      new Reconciler(session).run(wanted.flows(), wanted.meters(), false);
      return true;
    } catch (OpenFlowException e) {
      return false;
    }
  }
}
