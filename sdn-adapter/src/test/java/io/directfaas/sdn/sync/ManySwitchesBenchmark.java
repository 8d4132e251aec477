package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchServer;
import io.directfaas.sdn.ovsdb.BridgeView;
import io.directfaas.sdn.ovsdb.PortClaim;
import io.directfaas.sdn.ovsdb.PortSource;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * One adapter and a hundred switches of a thousand flows each, from nothing, over TCP. All bridges
 * are in one process of Open vSwitch. Not part of the ordinary build, since its name is none of a
 * test's; {@code load-tests/fabric/run switches} runs it, with a heap of 200 MB.
 */
class ManySwitchesBenchmark {
  private static final int SWITCHES = 100;
  private static final int REPLICAS = 38;

  @Test
  void aHundredSwitchesOfAThousandFlows() throws Exception {
    Map<String, List<PortClaim>> claims = new HashMap<>();
    Map<String, Ipv4> addresses = new HashMap<>();
    Graph graph = graph(claims, addresses);
    List<Wakeup> wakeups = new CopyOnWriteArrayList<>();
    try (OvsInstance ovs = OvsInstance.dummy();
        SwitchServer server =
            new SwitchServer(
                SessionConfig.defaults(), null, () -> wakeups.forEach(Wakeup::signal));
        FabricSync sync =
            new FabricSync(
                new SyncConfig(
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60)))) {
      int port = server.listen("127.0.0.1", 0);
      bridges(ovs, port);
      await().atMost(Duration.ofMinutes(2)).until(() -> server.connected().size() == SWITCHES);
      for (int s = 1; s <= SWITCHES; s++) {
        long dpid = s;
        Wakeup wakeup = new Wakeup();
        wakeups.add(wakeup);
        sync.join(
            new SwitchSync(
                "n" + s,
                Adapter.audits(Duration.ofSeconds(60)),
                server.link(() -> dpid),
                fixed(claims.getOrDefault("n" + s, List.of())),
                wakeup,
                () -> addresses,
                Leadership.ALONE));
      }
      resetPeaks();
      long started = System.nanoTime();
      assertThat(sync.prepare(graph).toCompletableFuture().get(5, TimeUnit.MINUTES)).isEmpty();
      long prepared = System.nanoTime();
      assertThat(sync.retire(graph.revision()).toCompletableFuture().get(5, TimeUnit.MINUTES))
          .isEmpty();
      long retired = System.nanoTime();
      long peak = peakHeap();
      System.gc();
      long live = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      FabricStatus status = sync.status();
      System.out.printf(
          Locale.ROOT,
          "RESULT %d switches, %d flows: PREPARE %.2f s, RETIRE with nothing to do %.2f s; heap at"
              + " most %d MB, live %d MB%n",
          SWITCHES,
          status.flows(),
          (prepared - started) / 1e9,
          (retired - prepared) / 1e9,
          peak >> 20,
          live >> 20);
      assertThat(status.flows()).isGreaterThan(SWITCHES * 1000);
      assertThat(status.lastError()).isEmpty();
    }
  }

  /** A ring of functions on each node, and an edge from each to one on the next node. */
  private static Graph graph(Map<String, List<PortClaim>> claims, Map<String, Ipv4> addresses) {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    for (int s = 1; s <= SWITCHES; s++) {
      addresses.put("n" + s, Ipv4.parse("192.0.2." + s));
      List<PortClaim> here = new ArrayList<>();
      for (int r = 0; r < REPLICAS; r++) {
        String name = "f" + s + "-" + r;
        Replica replica =
            GraphFixture.on("n" + s, GraphFixture.replica("acme/" + name, name, s * REPLICAS + r));
        fixture.function("acme/" + name).replica(replica);
        here.add(new PortClaim(r + 1, Map.of("directfaas-replica", name), 1450));
      }
      claims.put("n" + s, here);
    }
    for (int s = 1; s <= SWITCHES; s++) {
      for (int r = 0; r < REPLICAS; r++) {
        fixture.edge("acme/f" + s + "-" + r, "acme/f" + s + "-" + (r + 1) % REPLICAS);
        fixture.edge("acme/f" + s + "-" + r, "acme/f" + (s % SWITCHES + 1) + "-" + r);
      }
    }
    return fixture.next();
  }

  private static void bridges(OvsInstance ovs, int port) {
    List<String> args = new ArrayList<>();
    for (int s = 1; s <= SWITCHES; s++) {
      String bridge = "s" + s;
      args.addAll(List.of("--", "add-br", bridge, "--", "set", "bridge", bridge));
      args.addAll(List.of("datapath_type=dummy", "fail_mode=secure", "protocols=OpenFlow14"));
      args.add("other_config:datapath-id=%016x".formatted(s));
      args.addAll(List.of("--", "set-controller", bridge, "tcp:127.0.0.1:" + port));
    }
    ovs.vsctl(args.toArray(String[]::new));
  }

  private static PortSource fixed(List<PortClaim> claims) {
    BridgeView view = new BridgeView(claims, 1000, "", null, List.of());
    return new PortSource() {
      @Override
      public Optional<BridgeView> bridge() {
        return Optional.of(view);
      }

      @Override
      public boolean connected() {
        return true;
      }

      @Override
      public String lastError() {
        return "";
      }
    };
  }

  private static void resetPeaks() {
    System.gc();
    ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  private static long peakHeap() {
    long sum = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      sum += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
    }
    return sum;
  }
}
