package io.directfaas.xds.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.activation.Activator;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.envoy.Calls;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.MtlsMesh;
import io.directfaas.xds.envoy.TestGraph;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random changes of the graph, and a restart of the server among them, while calls run through real
 * Envoys over edges that exist throughout. None may fail.
 *
 * <p>{@code -Ddirectfaas.test.changes=200 -Ddirectfaas.test.seed=7} makes so many, of that seed.
 */
class ChangesUnderLoadTest {
  private static final int CHANGES = Integer.getInteger("directfaas.test.changes", 40);
  private static final long SEED = Long.getLong("directfaas.test.seed", 1);
  private static final int CALLERS = 2;
  private static final Duration LONG = Duration.ofSeconds(120);

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final Map<String, Integer> made = new TreeMap<>();

  /** Calls that wait for a replica of z. */
  private final Queue<CompletableFuture<Activator.Outcome>> held = new ConcurrentLinkedQueue<>();

  private boolean asleep;
  private long awakeSince;
  private int[] backends = new int[0];
  private int sleeper;
  private final Set<Integer> replicas = new TreeSet<>(Set.of(0));
  private boolean mtls;
  private boolean extra;

  @Test
  void noCallFailsWhateverElseChanges() throws Exception {
    // Each certificate is used for ten seconds.
    CaProperties ca =
        new CaProperties(
            MtlsMesh.TRUST_DOMAIN,
            directory.resolve("ca"),
            null,
            null,
            null,
            Duration.ofMinutes(5),
            Duration.ofSeconds(10));
    try (Functions functions = new Functions();
        MtlsMesh mesh = new MtlsMesh(directory, ca)) {
      backends = new int[] {functions.start("c0"), functions.start("c1"), functions.start("c2")};
      sleeper = functions.start("z");
      // b is called either way, c over the fabric, z is there or not; x calls what it likes.
      mesh.function("a", 1).function("b", functions.start("b")).function("x", 1);
      mesh.graph.function("globex/c").function("globex/z");
      mesh.graph.replica("c-0", "globex/c", backends[0]).replica("z-0", "globex/z", sleeper);
      mesh.graph.edges("a", "b", "globex/c", "globex/z").edges("ingress", "b");
      mesh.server.activator = (caller, callee) -> hold();
      mesh.server.goWhole(mesh.graph);
      for (String function : List.of("a", "x", "ingress")) {
        mesh.sidecar(function, Protocol.DELTA_GRPC);
      }
      EnvoyProcess callee = mesh.sidecar("b", Protocol.GRPC);
      mesh.awaitSettled("a", "b", "x", "ingress");
      Map<String, Calls> calls = new LinkedHashMap<>();
      Set<String> certificates = new TreeSet<>();
      try {
        calls.put("both ways", steady(() -> mesh.call("a", "/function/b")));
        calls.put("many replicas", steady(() -> mesh.call("a", "/function/c.globex")));
        calls.put("to zero", steady(() -> mesh.call("a", "/function/z.globex")));
        calls.put("from outside", steady(() -> mesh.call("ingress", "/function/b.acme")));
        awaitCalls(calls.values());
        for (int i = 0; i < CHANGES; i++) {
          if (i == CHANGES / 2) {
            // Without the server nobody could start a function; all others go on.
            mesh.restart(() -> awaitCalls(calls.values()));
            mesh.server.activator = (caller, called) -> hold();
          }
          change(mesh);
          certificates.addAll(serials(callee));
          // Each change meets calls.
          long now = made(calls);
          await().atMost(LONG).until(() -> made(calls) > now + 10);
          for (Map.Entry<String, Calls> way : calls.entrySet()) {
            assertThat(way.getValue().failures()).as(way.getKey() + ", change " + i).isEmpty();
          }
        }
        awaitCalls(calls.values());
      } finally {
        for (Calls way : calls.values()) {
          way.close();
        }
      }
      calls.forEach((way, load) -> assertThat(load.failures()).as(way).isEmpty());
      StringBuilder text = new StringBuilder();
      calls.forEach((way, load) -> text.append(way + " " + load.made() + ", "));
      System.out.printf(
          "seed %d: %d changes %s and a restart, revision %d; calls: %s%d certificates; none"
              + " failed%n",
          SEED, CHANGES, made, mesh.graph.graph().revision(), text, certificates.size());
      assertThat(made.keySet()).contains("replicas", "to zero", "edges", "data path", "function");
      assertThat(mesh.server.metrics.rejects()).isZero();
    }
  }

  private synchronized CompletableFuture<Activator.Outcome> hold() {
    CompletableFuture<Activator.Outcome> waiting = new CompletableFuture<>();
    if (asleep) {
      held.add(waiting);
    } else {
      waiting.complete(new Activator.Outcome.Ready(awakeSince));
    }
    return waiting;
  }

  private synchronized void asleep() {
    asleep = true;
  }

  private synchronized void awake(long revision) {
    asleep = false;
    awakeSince = revision;
    held.forEach(waiting -> waiting.complete(new Activator.Outcome.Ready(revision)));
    held.clear();
  }

  private static Calls steady(Calls.Call call) {
    return Calls.start(
        CALLERS,
        () -> {
          Thread.sleep(20);
          return call.make();
        });
  }

  private static void awaitCalls(Iterable<Calls> all) {
    for (Calls calls : all) {
      long now = calls.made();
      await().atMost(LONG).until(() -> calls.made() > now + 20);
    }
  }

  private void change(MtlsMesh mesh) throws Exception {
    switch (random.nextInt(8)) {
      case 0, 1 -> replicas(mesh);
      case 2, 3 -> edges(mesh);
      case 4, 5 -> dataPath(mesh);
      case 6 -> toZeroAndBack(mesh);
      default -> function(mesh);
    }
  }

  private void count(String kind) {
    made.merge(kind, 1, Integer::sum);
  }

  private void replicas(MtlsMesh mesh) throws Exception {
    count("replicas");
    int one = random.nextInt(backends.length);
    if (!replicas.remove(one)) {
      replicas.add(one);
      mesh.graph.replica("c-" + one, "globex/c", backends[one]);
    } else if (replicas.isEmpty()) {
      replicas.add(one);
    } else {
      mesh.graph.replica("c-" + one, "globex/c", backends[one], ReplicaState.DRAINING);
      mesh.server.go(mesh.graph);
      mesh.graph.withoutReplica("c-" + one);
    }
    mesh.server.go(mesh.graph);
  }

  private void edges(MtlsMesh mesh) throws Exception {
    count("edges");
    for (String callee : List.of("b", "globex/c", "globex/z")) {
      if (random.nextBoolean()) {
        mesh.graph.edges("x", callee);
      } else {
        mesh.graph.withoutEdge("x", callee);
      }
      mesh.server.go(mesh.graph);
    }
  }

  private void dataPath(MtlsMesh mesh) throws Exception {
    count("data path");
    mtls = !mtls;
    mesh.graph.dataPath("acme", mtls ? DataPath.MTLS : DataPath.FABRIC);
    mesh.server.go(mesh.graph);
  }

  /** The last replica drains and goes; calls are held until there is another. */
  private void toZeroAndBack(MtlsMesh mesh) throws Exception {
    count("to zero");
    asleep();
    mesh.server.go(mesh.graph.replica("z-0", "globex/z", sleeper, ReplicaState.DRAINING));
    // It serves until it has no calls any more: then all who call it are held.
    await().atMost(LONG).until(() -> held.size() == CALLERS);
    mesh.server.go(mesh.graph.withoutReplica("z-0"));
    mesh.server.go(mesh.graph.replica("z-0", "globex/z", sleeper));
    awake(mesh.graph.graph().revision());
  }

  private void function(MtlsMesh mesh) throws Exception {
    count("function");
    extra = !extra;
    if (extra) {
      mesh.graph.function("w").edges("w", "b", "globex/c");
    } else {
      mesh.graph.change(
          delta -> {
            delta.removeEdge(TestGraph.edge("w", "b").key());
            delta.removeEdge(TestGraph.edge("w", "globex/c").key());
            delta.removeFunction(TestGraph.ref("w"));
          });
    }
    mesh.server.go(mesh.graph);
  }

  private static long made(Map<String, Calls> calls) {
    return calls.values().stream().mapToLong(Calls::made).sum();
  }

  /** Of the certificates that an Envoy uses now, the root's among them. */
  private static List<String> serials(EnvoyProcess envoy) {
    return envoy
        .admin("/certs")
        .lines()
        .filter(line -> line.contains("serial_number"))
        .map(String::strip)
        .toList();
  }
}
