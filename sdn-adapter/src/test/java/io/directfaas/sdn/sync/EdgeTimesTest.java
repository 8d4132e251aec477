package io.directfaas.sdn.sync;

import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An edge comes and goes while sixteen connections use it and a packet is sent along it every
 * millisecond; prints how long after the request the first and the last one passed. Needs root.
 *
 * <p>{@code -Ddirectfaas.edge.rounds=30} for more than a few rounds.
 */
class EdgeTimesTest {
  private static final int ROUNDS = Integer.getInteger("directfaas.edge.rounds", 3);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);

  private final Namespaces namespaces = new Namespaces();
  private final Traffic traffic = new Traffic();
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .edge("acme/a", "acme/b");
  private OvsInstance ovs;
  private Adapter adapter;
  private Traffic.Counts passed;

  @BeforeEach
  void start() throws Exception {
    String fabric = namespaces.create("fabric");
    ovs = OvsInstance.inNamespace(fabric);
    String a = namespaces.replica(A, fabric, "veth-a");
    String b = namespaces.replica(B, fabric, "veth-b");
    ovs.plugDevice(A, "veth-a");
    ovs.plugDevice(B, "veth-b");
    adapter = new Adapter(ovs);
    adapter.carry(graphs.next());
    traffic.start(b, "echo.py").awaitReady();
    passed = traffic.start(b, "stamps.py");
    traffic.start(a, "streams.py", B.ip());
    traffic.start(a, "stamp.py", A.mac(), A.ip(), B.mac(), B.ip());
  }

  @AfterEach
  void stop() {
    traffic.close();
    adapter.close();
    ovs.close();
    namespaces.close();
  }

  @Test
  void packetsStopWithARevokeAndPassAfterAGrant() throws Exception {
    List<Long> revokeAcked = new ArrayList<>();
    List<Long> lastPassed = new ArrayList<>();
    List<Long> grantAcked = new ArrayList<>();
    List<Long> firstPassed = new ArrayList<>();
    await().atMost(PATIENCE).until(() -> passed.firsts().size() > 100);
    for (int round = 0; round < ROUNDS; round++) {
      Graph without = graphs.withoutEdge("acme/a", "acme/b").next();
      long asked = now();
      adapter.carry(without);
      revokeAcked.add(now() - asked);
      ovs.settle();
      long last = untilQuiet();
      lastPassed.add(last - asked);

      Graph with = graphs.edge("acme/a", "acme/b").next();
      long askedAgain = now();
      adapter.carry(with);
      grantAcked.add(now() - askedAgain);
      await().atMost(PATIENCE).until(() -> passed.first() > askedAgain);
      long first =
          passed.firsts().stream()
              .mapToLong(Long::longValue)
              .filter(t -> t > last)
              .min()
              .orElseThrow();
      firstPassed.add(first - askedAgain);
    }
    print("revoke acknowledged", revokeAcked);
    print("last packet that passed was sent", lastPassed);
    print("grant acknowledged", grantAcked);
    print("first packet that passed was sent", firstPassed);
  }

  private static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** When the last packet that has come was sent, once none comes any more. */
  private long untilQuiet() {
    long[] seen = {-1};
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              boolean quiet = passed.first() == seen[0];
              seen[0] = passed.first();
              return quiet;
            });
    return seen[0];
  }

  private static void print(String what, List<Long> micros) {
    Collections.sort(micros);
    System.out.printf(
        Locale.ROOT,
        "%s, ms after the request: median %.1f, at most %.1f (%d rounds)%n",
        what,
        micros.get(micros.size() / 2) / 1e3,
        micros.getLast() / 1e3,
        micros.size());
  }
}
