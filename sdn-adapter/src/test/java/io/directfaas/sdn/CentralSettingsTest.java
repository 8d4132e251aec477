package io.directfaas.sdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.directfaas.graph.watch.Urgency;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.SwitchStatus;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.TestIdentity;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

/** The service by its settings, as in docs/fabric.md: several switches, TLS, nodes, a standby. */
class CentralSettingsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Replica A = GraphFixture.on("n1", GraphFixture.replica("acme/a", "a", 2));
  private static final Replica B = GraphFixture.on("n2", GraphFixture.replica("acme/b", "b", 3));

  @TempDir private Path directory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  @Test
  void switchesThatConnectByTlsAreKeptByTheHolderOfTheLeaseAndThenByTheOther() throws Exception {
    TestIdentity ours = TestIdentity.create(directory, "adapter");
    TestIdentity theirs = TestIdentity.create(directory, "switch");
    int[] ports = {freePort(), freePort()};
    OvsInstance one = fabricSwitch(A, 2, "a01");
    OvsInstance two = fabricSwitch(B, 3, "a02");
    GraphFixture graphs =
        new GraphFixture()
            .tenant("acme")
            .function("acme/a")
            .function("acme/b")
            .replica(A)
            .replica(B)
            .edge("acme/a", "acme/b");
    Graph graph = graphs.next();
    GraphPublisher publisher = publisher(graph);
    int watch = serve(publisher);
    nodes(node("n1", "a01", one));

    ConfigurableApplicationContext first = opened(application(watch, ports[0], ours, theirs));
    ConfigurableApplicationContext second = opened(application(watch, ports[1], ours, theirs));
    for (OvsInstance each : List.of(one, two)) {
      theirs.giveTo(each, ours);
      connect(each, ports);
    }
    await().atMost(PATIENCE).until(() -> roles(first).equals(List.of("master")));
    // The second node joins while all runs.
    nodes(node("n1", "a01", one), node("n2", "a02", two));
    await().atMost(PATIENCE).until(() -> roles(first).equals(List.of("master", "master")));
    await().atMost(PATIENCE).until(() -> roles(second).equals(List.of("slave", "slave")));
    await().atMost(PATIENCE).until(() -> holdsEdge(one) && holdsEdge(two));
    assertThat(one.flows()).anyMatch(f -> f.contains("192.0.2.2->tun_dst"));
    assertThat(two.flows()).anyMatch(f -> f.contains("tun_src=192.0.2.1"));

    first.close();
    await().atMost(PATIENCE).until(() -> roles(second).equals(List.of("master", "master")));
    Graph revoked = graphs.withoutEdge("acme/a", "acme/b").next();
    publisher.publish(GraphDelta.between(graph, revoked), Urgency.REVOKE);
    publisher.whenRetired(revoked.revision()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(holdsEdge(one) || holdsEdge(two)).isFalse();
  }

  private OvsInstance fabricSwitch(Replica replica, int number, String dpid) throws Exception {
    OvsInstance ovs = opened(OvsInstance.dummy());
    ovs.plugDummy(replica, number);
    ovs.vsctl("set", "bridge", OvsInstance.BRIDGE, "other_config:datapath-id=" + wide(dpid));
    return ovs;
  }

  private static void connect(OvsInstance ovs, int[] ports) {
    ovs.vsctl(
        "set-controller",
        OvsInstance.BRIDGE,
        "ssl:127.0.0.1:" + ports[0],
        "ssl:127.0.0.1:" + ports[1]);
  }

  private static String wide(String dpid) {
    return "0".repeat(16 - dpid.length()) + dpid;
  }

  private static String node(String name, String dpid, OvsInstance ovs) {
    return "{\"name\": \"%s\", \"address\": \"192.0.2.%s\", \"dpid\": \"%s\", \"ovsdb\": \"unix:%s\"}"
        .formatted(name, name.substring(1), wide(dpid), ovs.databaseSocket());
  }

  private void nodes(String... nodes) throws Exception {
    Path next =
        Files.writeString(
            directory.resolve("nodes.new"), "{\"nodes\": [" + String.join(", ", nodes) + "]}");
    Files.move(next, directory.resolve("nodes.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  private GraphPublisher publisher(Graph graph) {
    return opened(
        new GraphPublisher(
            graph,
            new PublisherConfig(
                Set.of(PublisherConfig.Role.FABRIC),
                Duration.ofSeconds(10),
                Duration.ofMillis(100))));
  }

  private int serve(GraphPublisher publisher) throws Exception {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(publisher.service())
            .build()
            .start();
    open.push(server::shutdownNow);
    return server.getPort();
  }

  private ConfigurableApplicationContext application(
      int watch, int port, TestIdentity ours, TestIdentity theirs) {
    return run(
        "--directfaas.sdn.graph-watch=127.0.0.1:" + watch,
        "--directfaas.sdn.listen=ssl:127.0.0.1:" + port,
        "--directfaas.sdn.nodes-file=" + directory.resolve("nodes.json"),
        "--directfaas.sdn.lease-file=" + directory.resolve("lease"),
        "--directfaas.sdn.tunnel-type=geneve",
        "--directfaas.sdn.tls-key=" + ours.key(),
        "--directfaas.sdn.tls-certificate=" + ours.certificate(),
        "--directfaas.sdn.tls-ca=" + theirs.certificate());
  }

  private static ConfigurableApplicationContext run(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("--directfaas.sdn.http-port=0");
    return SdnAdapterApplication.builder().run(all.toArray(String[]::new));
  }

  private static List<String> roles(ConfigurableApplicationContext of) {
    return of.getBean(FabricSync.class).status().switches().stream()
        .filter(SwitchStatus::connected)
        .map(SwitchStatus::role)
        .toList();
  }

  private static boolean holdsEdge(OvsInstance ovs) {
    return ovs.flows().stream().anyMatch(f -> f.contains("table=2") && f.contains("tp_dst=8080"));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          listen=tcp:127.0.0.1:16653                            | directfaas.sdn.nodes-file
          listen=ssl:127.0.0.1:16653, nodes-file=/nowhere       | directfaas.sdn.tls-key
          listen=unix:/nowhere, nodes-file=/nowhere             | directfaas.sdn.listen
          listen=127.0.0.1, nodes-file=/nowhere                 | directfaas.sdn.listen
          nodes-file=/nowhere                                   | directfaas.sdn.node
          tls-key=/nowhere                                      | tls-certificate
          tunnel-type=gre                                       | gre
          """)
  void aSettingThatCannotBeIsNamed(String settings, String named) {
    String[] arguments = settings.split(", ");
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = "--directfaas.sdn." + arguments[i];
    }
    assertThatThrownBy(() -> run(arguments).close())
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }
}
