package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Replica;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Shell;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real TCP between network namespaces, through a userspace datapath. Needs root. */
class RealTrafficTest {
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);

  private final Namespaces namespaces = new Namespaces();
  private final List<Process> processes = new ArrayList<>();
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .edge("acme/a", "acme/b");
  private OvsInstance ovs;
  private Adapter adapter;
  private String a;
  private String b;

  @BeforeEach
  void start() throws Exception {
    String fabric = namespaces.create("fabric");
    ovs = OvsInstance.inNamespace(fabric);
    a = namespaces.replica(A, fabric, "veth-a");
    b = namespaces.replica(B, fabric, "veth-b");
    ovs.plugDevice(A, "veth-a");
    ovs.plugDevice(B, "veth-b");
    adapter = new Adapter(ovs);
    adapter.carry(graphs.next());
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    if (adapter != null) {
      adapter.close();
    }
    if (ovs != null) {
      ovs.close();
    }
    namespaces.close();
  }

  @Test
  void anEdgeCarriesTcpAndOnlyItsOwnAndARevokeCutsWhatIsEstablished() throws Exception {
    serve(a, 8080);
    serve(b, 8080);
    serve(b, 9090);
    Connection established = new Connection(a, B, 8080);
    assertThat(established.echo("through the edge")).isEqualTo("through the edge");

    long undeclared = dropped(FlowKind.DROP_UNDECLARED);
    assertThat(connects(b, A, 8080)).isFalse();
    assertThat(connects(a, B, 9090)).isFalse();
    await().until(() -> dropped(FlowKind.DROP_UNDECLARED) >= undeclared + 2);

    adapter.carry(graphs.withoutEdge("acme/a", "acme/b").next());
    ovs.settle();
    established.send("after the revoke");
    // The kernel sends it again and again; wait until the switch has dropped it more than once.
    long before = dropped(FlowKind.DROP_UNDECLARED);
    await().until(() -> dropped(FlowKind.DROP_UNDECLARED) >= before + 2);
    assertThat(established.received()).isEmpty();

    // The same connection goes on once the edge is back: it was the path that was cut.
    adapter.carry(graphs.edge("acme/a", "acme/b").next());
    await()
        .atMost(OvsInstance.PATIENCE)
        .untilAsserted(() -> assertThat(established.received()).isEqualTo("after the revoke"));
  }

  private static final String ECHO_SERVER =
      """
      import selectors, socket, sys
      sel = selectors.DefaultSelector(); srv = socket.create_server(('', int(sys.argv[1])))
      sel.register(srv, selectors.EVENT_READ)
      while True:
          for key, _ in sel.select():
              if key.fileobj is srv:
                  sel.register(srv.accept()[0], selectors.EVENT_READ)
              else:
                  data = key.fileobj.recv(65536)
                  if data: key.fileobj.sendall(data)
                  else: sel.unregister(key.fileobj); key.fileobj.close()
      """;

  private static final String CONNECT =
      """
      import socket, sys
      bind = (sys.argv[3], 0) if sys.argv[3] else None
      socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.5, bind)
      """;

  private static final String CONVERSATION =
      """
      import os, socket, sys, threading
      s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
      def answers():
          while data := s.recv(65536): os.write(1, data)
      threading.Thread(target=answers, daemon=True).start()
      while data := os.read(0, 65536): s.sendall(data)
      """;

  /** Counts what arrives on all connections, and says every few milliseconds how much it was. */
  private static final String COUNTING_SERVER =
      """
      import selectors, socket, time
      sel = selectors.DefaultSelector(); srv = socket.create_server(('', 8080), backlog=64)
      sel.register(srv, selectors.EVENT_READ); total = 0; last = 0; said = 0
      while True:
          for key, _ in sel.select(0.01):
              if key.fileobj is srv:
                  sel.register(srv.accept()[0], selectors.EVENT_READ)
              else:
                  n = len(key.fileobj.recv(65536)); total += n; last = time.time_ns() if n else last
                  if not n: sel.unregister(key.fileobj)
          if time.time() - said > 0.01:
              said = time.time(); print(last, total, flush=True)
      """;

  private static final String STREAMS =
      """
      import socket, sys, threading, time
      def stream():
          s = socket.create_connection((sys.argv[1], 8080))
          while True:
              s.sendall(b'x' * 1400); time.sleep(0.001)
      for _ in range(16): threading.Thread(target=stream, daemon=True).start()
      time.sleep(60)
      """;

  @Test
  void aRevokeEndsSixteenStreamingConnectionsAndNothingArrivesAfterIt() throws Exception {
    Process server = in(b, "python3", "-c", COUNTING_SERVER);
    processes.add(server);
    Tally tally = new Tally(server);
    await().until(() -> Shell.run("ip", "netns", "exec", b, "ss", "-ltn").contains(":8080"));
    processes.add(in(a, "python3", "-c", STREAMS, B.ip().toString()));
    await().until(() -> tally.total() > 1_000_000);
    assertThat(Shell.run("ip", "netns", "exec", b, "ss", "-tnH", "state", "established").lines())
        .hasSizeGreaterThanOrEqualTo(16);

    long asked = System.currentTimeMillis();
    adapter.carry(graphs.withoutEdge("acme/a", "acme/b").next());
    long acknowledged = System.currentTimeMillis();
    // What had passed the switch before may still lie in the receiver's buffers for a moment.
    tally.untilQuiet();
    long total = tally.total();
    long dropped = dropped(FlowKind.DROP_UNDECLARED);
    await().until(() -> dropped(FlowKind.DROP_UNDECLARED) > dropped + 16);
    assertThat(tally.total()).isEqualTo(total);
    System.out.printf(
        "revoke with 16 streams: acknowledged after %d ms, last byte read after %d ms%n",
        acknowledged - asked, tally.lastByteMillis() - asked);
  }

  /** Reads what the counting server says. */
  private static final class Tally {
    private volatile long total;
    private volatile long lastByteNanos;
    private volatile long lines;

    Tally(Process server) {
      Thread.ofVirtual()
          .start(
              () ->
                  server
                      .inputReader()
                      .lines()
                      .forEach(
                          line -> {
                            String[] words = line.split(" ");
                            lastByteNanos = Long.parseLong(words[0]);
                            total = Long.parseLong(words[1]);
                            lines++;
                          }));
    }

    long total() {
      return total;
    }

    long lastByteMillis() {
      return lastByteNanos / 1_000_000;
    }

    /** Until the server has said many times that nothing came. */
    void untilQuiet() {
      long[] seen = {-1, 0};
      await()
          .atMost(OvsInstance.PATIENCE)
          .until(
              () -> {
                if (total != seen[0]) {
                  seen[0] = total;
                  seen[1] = lines;
                }
                return lines > seen[1] + 20;
              });
    }
  }

  @Test
  void aForgedAddressOrMacIsDroppedAndCounted() throws Exception {
    serve(b, 8080);
    assertThat(connects(a, B, 8080)).isTrue();
    Shell.run("ip", "-n", a, "addr", "add", "10.88.0.77/16", "dev", "eth0");
    long spoofed = dropped(FlowKind.DROP_SPOOFED);
    assertThat(connects(a, B, 8080, "10.88.0.77")).isFalse();
    await().until(() -> dropped(FlowKind.DROP_SPOOFED) > spoofed);

    Shell.run("ip", "-n", a, "link", "set", "eth0", "address", "02:df:00:00:00:66");
    long forgedMac = dropped(FlowKind.DROP_SPOOFED);
    assertThat(connects(a, B, 8080)).isFalse();
    await().until(() -> dropped(FlowKind.DROP_SPOOFED) > forgedMac);
  }

  @Test
  void trafficGoesOnWhileTheAdapterIsAwayAndWhenItComesBack() throws Exception {
    serve(b, 8080);
    Connection established = new Connection(a, B, 8080);
    assertThat(established.echo("before")).isEqualTo("before");
    adapter.close();
    assertThat(established.echo("away")).isEqualTo("away");
    assertThat(connects(a, B, 8080)).isTrue();
    adapter = new Adapter(ovs);
    adapter.carry(graphs.next());
    assertThat(established.echo("back")).isEqualTo("back");
  }

  @Test
  void aReplicaWhoseLinkIsDownOrGoneIsNamedAndComesBackWithItsFlows() throws Exception {
    serve(b, 8080);
    assertThat(connects(a, B, 8080)).isTrue();
    await().untilAsserted(() -> assertThat(adapter.status().withoutLink()).isEmpty());
    List<String> right = ovs.flows();

    Shell.run("ip", "-n", b, "link", "set", "eth0", "down");
    await().untilAsserted(() -> assertThat(adapter.status().withoutLink()).containsExactly("b"));
    assertThat(ovs.flows()).isEqualTo(right);
    Shell.run("ip", "-n", b, "link", "set", "eth0", "up");
    await().untilAsserted(() -> assertThat(adapter.status().withoutLink()).isEmpty());
    assertThat(connects(a, B, 8080)).isTrue();

    // An adapter that comes later is told, too; and the database still says that b is plugged in.
    Shell.run("ip", "-n", b, "link", "del", "eth0");
    adapter.close();
    adapter = new Adapter(ovs);
    adapter.carry(graphs.next());
    await().untilAsserted(() -> assertThat(adapter.status().withoutLink()).containsExactly("b"));
    assertThat(adapter.status().ports()).containsKey("b");
  }

  private long dropped(FlowKind kind) throws Exception {
    return adapter.sync().observe(Table.ALL).stream()
        .filter(f -> Cookie.parse(f.cookie()).map(c -> c.kind() == kind).orElse(false))
        .mapToLong(ObservedFlow::packets)
        .sum();
  }

  private void serve(String namespace, int port) throws IOException {
    processes.add(in(namespace, "python3", "-c", ECHO_SERVER, Integer.toString(port)));
    await()
        .until(
            () -> Shell.run("ip", "netns", "exec", namespace, "ss", "-ltn").contains(":" + port));
  }

  private static Process in(String namespace, String... command) throws IOException {
    List<String> full = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    full.addAll(List.of(command));
    return new ProcessBuilder(full).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Whether a TCP connection can be opened within a second or two. */
  private boolean connects(String namespace, Replica to, int port) throws Exception {
    return connects(namespace, to, port, "");
  }

  /** The same from an address of its own choice. */
  private boolean connects(String namespace, Replica to, int port, String from) throws Exception {
    Process probe = in(namespace, "python3", "-c", CONNECT, to.ip().toString(), "" + port, from);
    processes.add(probe);
    return probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0;
  }

  /** A connection to a server that echoes. */
  private final class Connection {
    private final Process client;
    private final StringBuilder received = new StringBuilder();

    Connection(String namespace, Replica to, int port) throws IOException {
      client = in(namespace, "python3", "-c", CONVERSATION, to.ip().toString(), "" + port);
      processes.add(client);
    }

    void send(String line) throws IOException {
      OutputStream out = client.getOutputStream();
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    String echo(String line) throws IOException {
      send(line);
      await().until(() -> received().equals(line));
      String answer = received.toString().strip();
      received.setLength(0);
      return answer;
    }

    /** What has come since the last echo. */
    String received() throws IOException {
      byte[] bytes = new byte[Math.max(0, client.getInputStream().available())];
      int read = client.getInputStream().readNBytes(bytes, 0, bytes.length);
      received.append(new String(bytes, 0, read, StandardCharsets.UTF_8));
      return received.toString().strip();
    }
  }
}
