package io.directfaas.standalone.node.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.directfaas.graph.watch.Urgency;
import io.directfaas.standalone.node.LocalNode;
import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.TestStack;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * From a revision at the graph's owner to the answer of the resolver in a replica's own namespace,
 * by the watch that it comes by: a name follows its callee from cold to warm and back, and as
 * replicas come and go. Prints how long that takes. Needs root.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NameSwitchTest {
  private static final Slot SLOT = new Slot(3);
  private static final FunctionRef CALLER = new FunctionRef("acme", "caller");
  private static final FunctionRef B = new FunctionRef("acme", "b");

  /** {@code -Ddirectfaas.test.changes=200} for figures. */
  private static final int ROUNDS = Integer.getInteger("directfaas.test.changes", 20);

  /** Asks again and again until the answer is as told, or only once, and says what it is. */
  private static final String WATCH =
      """
      import socket, sys
      query = bytes([0,1,1,0,0,1,0,0,0,0,0,0,1,98,0,0,1,0,1])
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.settimeout(0.2)
      s.connect(('%s', 53))
      def ask():
          try:
              s.send(query)
              answer = s.recv(4096)
          except OSError:
              return None
          at = 19
          addresses = []
          for _ in range(answer[7]):
              addresses.append('.'.join(str(b) for b in answer[at + 12:at + 16]))
              at += 16
          return ','.join(sorted(addresses))
      for line in sys.stdin:
          wanted = line.strip()
          answer = ask()
          while wanted != '?' and answer != wanted:
              answer = ask()
          print(answer, flush=True)
      """
          .formatted(ReplicaNetwork.GATEWAY);

  private final Map<String, List<Long>> times = new TreeMap<>();
  private Graph graph = Graph.empty("names");
  private TestStack stack;
  private GraphPublisher publisher;
  private Server server;
  private NamesFollower follower;
  private ReplicaNames resolver;
  private Process watch;
  private BufferedWriter orders;
  private BufferedReader answers;

  @BeforeEach
  void up() throws Exception {
    stack = new TestStack();
    LocalNode node = stack.node();
    node.startFabric();
    node.network().create("caller-1", SLOT);
    Ownership.directory(stack.layout().replicaDir("caller-1"), 0, 0, "rwxr-xr-x");
    change(
        delta ->
            delta
                .put(new Tenant("acme", 2, EdgePolicy.EDGES, DataPath.FABRIC))
                .put(new Function(CALLER, 2))
                .put(new Function(B, 3))
                .put(new Edge(CALLER, B, DataPath.FABRIC, EdgeOrigin.CALLS)));
    publisher =
        new GraphPublisher(
            graph,
            new PublisherConfig(
                Set.of(PublisherConfig.Role.MESH), Duration.ofSeconds(30), Duration.ZERO));
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(publisher.service())
            .build()
            .start();
    Names names = new Names(stack.layout(), node.network());
    resolver = names.enter("caller-1", CALLER, SLOT, () -> {});
    follower = new NamesFollower(names, server.getPort());
    follower.start();
    List<String> command =
        new ArrayList<>(Namespaces.enter(stack.layout().replicaNamespace("caller-1")));
    command.addAll(List.of("/usr/bin/python3", "-c", WATCH));
    watch = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    orders = watch.outputWriter();
    answers = watch.inputReader();
    await().atMost(Duration.ofSeconds(60)).until(() -> follower.revision() == graph.revision());
    awaitAnswer(ReplicaNetwork.GATEWAY);
  }

  @AfterEach
  void down() throws Exception {
    if (watch != null) {
      watch.destroyForcibly().waitFor();
    }
    if (follower != null) {
      follower.close();
      resolver.stop();
    }
    if (server != null) {
      server.shutdownNow();
      publisher.close();
    }
    stack.close();
  }

  private GraphDelta change(Consumer<GraphDelta.Builder> changes) {
    GraphDelta.Builder builder = new GraphDelta.Builder();
    changes.accept(builder);
    GraphDelta delta = builder.build(graph.revision(), graph.revision() + 1);
    graph = graph.apply(delta);
    return delta;
  }

  private void awaitAnswer(String addresses) throws IOException {
    order(addresses);
    assertThat(answers.readLine()).isEqualTo(addresses);
  }

  private void order(String addresses) throws IOException {
    orders.write(addresses + "\n");
    orders.flush();
  }

  private static Replica replica(int number) {
    return new Replica(
        "b-" + number,
        B,
        Ipv4.parse("10.88.1." + number),
        MacAddress.parse("02:df:00:00:00:0" + number),
        8080,
        "n",
        ReplicaState.READY);
  }

  /** Publishes a change, and waits until the resolver answers by it. */
  private void follow(String kind, Consumer<GraphDelta.Builder> changes, String... addresses)
      throws Exception {
    GraphDelta delta = change(changes);
    String expected = String.join(",", addresses);
    order(expected);
    long started = System.nanoTime();
    publisher.publish(delta, Urgency.NORMAL);
    assertThat(answers.readLine()).isEqualTo(expected);
    times.computeIfAbsent(kind, k -> new ArrayList<>()).add(System.nanoTime() - started);
    assertThat(publisher.whenLive(graph.revision()).get(60, TimeUnit.SECONDS).live()).isTrue();
  }

  @Test
  void aNameFollowsItsCalleeAndHasChangedWhenTheRevisionIsAcked() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      follow("cold to warm", delta -> delta.put(replica(1)), "10.88.1.1");
      follow("one more", delta -> delta.put(replica(2)), "10.88.1.1", "10.88.1.2");
      follow("one less", delta -> delta.removeReplica("b-2"), "10.88.1.1");
      follow("warm to cold", delta -> delta.removeReplica("b-1"), ReplicaNetwork.GATEWAY);
    }
    // Acked first, asked then: the first answer must be the new one.
    for (int i = 0; i < ROUNDS; i++) {
      boolean warm = i % 2 == 0;
      publisher.publish(change(delta -> flip(delta, warm)), Urgency.NORMAL);
      assertThat(publisher.whenLive(graph.revision()).get(60, TimeUnit.SECONDS).live()).isTrue();
      order("?");
      assertThat(answers.readLine()).isEqualTo(warm ? "10.88.1.1" : ReplicaNetwork.GATEWAY);
    }
    times.forEach(NameSwitchTest::print);
  }

  private static void flip(GraphDelta.Builder delta, boolean warm) {
    if (warm) {
      delta.put(replica(1));
    } else {
      delta.removeReplica("b-1");
    }
  }

  private static void print(String kind, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "%s: n=%d p50=%.1f ms p99=%.1f ms max=%.1f ms%n",
        kind,
        sorted.length,
        sorted[sorted.length / 2] / 1e6,
        sorted[(int) Math.ceil(sorted.length * 0.99) - 1] / 1e6,
        sorted[sorted.length - 1] / 1e6);
  }
}
