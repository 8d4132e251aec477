package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.directfaas.graph.watch.Urgency;
import io.directfaas.sdn.SdnAdapterApplication;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Traffic;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The adapter, a process of its own as in production, is killed and started again while functions
 * call each other and strangers send what no edge allows; then the switch is. Needs root.
 *
 * <p>{@code -Ddirectfaas.restarts.adapter=20 -Ddirectfaas.restarts.switch=3} for more of it.
 */
class RestartsTest {
  private static final int ADAPTERS = Integer.getInteger("directfaas.restarts.adapter", 5);
  private static final int SWITCHES = Integer.getInteger("directfaas.restarts.switch", 1);
  private static final long SEED = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);
  private static final Replica STRANGER = GraphFixture.replica("globex/c", "c", 4);
  private static final Replica COLLEAGUE = GraphFixture.replica("acme/d", "d", 5);

  private final Namespaces namespaces = new Namespaces();
  private final Traffic traffic = new Traffic();
  private final Random random = new Random(SEED);
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .tenant("globex")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .single("globex/c", 4)
          .single("acme/d", 5)
          .edge("acme/a", "acme/b");
  private OvsInstance ovs;
  private GraphPublisher publisher;
  private Server server;
  private Graph graph;
  private Process adapter;
  private Traffic.Counts requests;
  private Traffic.Counts arrived;
  private final List<Traffic.Counts> strangers = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    String fabric = namespaces.create("fabric");
    ovs = OvsInstance.inNamespace(fabric);
    List<String> inside = new ArrayList<>();
    for (Replica replica : List.of(A, B, STRANGER, COLLEAGUE)) {
      String device = "veth-" + replica.id();
      inside.add(namespaces.replica(replica, fabric, device));
      ovs.plugDevice(replica, device);
    }
    graph = graphs.next();
    publisher =
        new GraphPublisher(
            graph,
            new PublisherConfig(
                Set.of(PublisherConfig.Role.FABRIC),
                Duration.ofSeconds(10),
                Duration.ofMillis(100)));
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(publisher.service())
            .build()
            .start();
    adapter = startAdapter();
    whenRetired();
    traffic.start(inside.get(1), "echo.py").awaitReady();
    arrived = traffic.start(inside.get(1), "watch.py");
    requests = traffic.start(inside.get(0), "requests.py", B.ip());
    for (Replica replica : List.of(STRANGER, COLLEAGUE)) {
      String namespace = inside.get(replica == STRANGER ? 2 : 3);
      strangers.add(
          traffic.start(
              namespace, "stranger.py", replica.mac(), replica.ip(), A.ip(), B.mac(), B.ip()));
    }
  }

  @AfterEach
  void stop() throws Exception {
    traffic.close();
    if (adapter != null) {
      adapter.destroyForcibly().waitFor();
    }
    publisher.close();
    server.shutdownNow();
    ovs.close();
    namespaces.close();
  }

  private Process startAdapter() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            SdnAdapterApplication.class.getName(),
            "--directfaas.sdn.http-port=0",
            "--directfaas.sdn.graph-watch=127.0.0.1:" + server.getPort(),
            "--directfaas.sdn.openflow-socket=" + ovs.managementSocket(),
            "--directfaas.sdn.ovsdb-socket=" + ovs.databaseSocket())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void whenRetired() throws Exception {
    publisher.whenRetired(graph.revision()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private void publish(Graph next) {
    publisher.publish(GraphDelta.between(graph, next), Urgency.NORMAL);
    graph = next;
  }

  @Test
  void noUndeclaredPacketIsDeliveredAndNoRequestIsLostWhileTheAdapterIsKilled() throws Exception {
    goesOn();
    for (int kill = 0; kill < ADAPTERS; kill++) {
      // Something to write for the one that is killed or for the next.
      publish(
          (kill % 2 == 0 ? graphs.edge("acme/d", "acme/a") : graphs.withoutEdge("acme/d", "acme/a"))
              .next());
      TimeUnit.MILLISECONDS.sleep(random.nextInt(40));
      adapter.destroyForcibly().waitFor();
      goesOn();
      adapter = startAdapter();
      whenRetired();
      goesOn();
      assertThat(ovs.flows().stream().anyMatch(f -> f.contains("tp_dst=8080")))
          .as("the edge stands")
          .isTrue();
    }
    assertThat(requests.second()).as(() -> "lost: " + requests.words()).isZero();
    long killed = requests.first();

    long longest = 0;
    for (int restart = 0; restart < SWITCHES; restart++) {
      longest = Math.max(longest, restartSwitch());
      goesOn();
    }
    assertThat(arrived.first()).as("undeclared packets").isZero();
    assertThat(strangers).allSatisfy(s -> assertThat(s.first()).isPositive());
    System.out.printf(
        "%d kills of the adapter: %d requests answered, %d lost; %d restarts of the switch: flows"
            + " back after %d ms at most; %d packets of strangers sent, %d delivered%n",
        ADAPTERS,
        killed,
        requests.second(),
        SWITCHES,
        longest,
        strangers.stream().mapToLong(Traffic.Counts::first).sum(),
        arrived.first());

    // What the watch would have seen: the same packets, allowed.
    publish(graphs.edge("globex/c", "acme/b").next());
    await().atMost(PATIENCE).until(() -> arrived.first() > 0);
  }

  /** More requests are answered and more of what is not allowed is sent from now on. */
  private void goesOn() {
    long answered = requests.first();
    List<Long> sent = strangers.stream().map(Traffic.Counts::first).toList();
    await().atMost(PATIENCE).until(() -> requests.first() > answered + 20);
    for (int i = 0; i < sent.size(); i++) {
      Traffic.Counts stranger = strangers.get(i);
      long before = sent.get(i);
      await().atMost(PATIENCE).until(() -> stranger.first() > before);
    }
  }

  /** How many milliseconds after the switch's start its flows are those it had. */
  private long restartSwitch() throws Exception {
    List<String> right = ovs.flows();
    long started = System.nanoTime();
    ovs.restartDaemon();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> ovs.managementSocket().toFile().exists() && ovs.flows().equals(right));
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
  }
}
