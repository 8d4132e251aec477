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
    assertThat(connects(b, "TCP:" + A.ip() + ":8080")).isFalse();
    assertThat(connects(a, "TCP:" + B.ip() + ":9090")).isFalse();
    await().until(() -> dropped(FlowKind.DROP_UNDECLARED) >= undeclared + 2);

    adapter.carry(graphs.withoutEdge("acme/a", "acme/b").next());
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

  @Test
  void aForgedAddressOrMacIsDroppedAndCounted() throws Exception {
    serve(b, 8080);
    assertThat(connects(a, "TCP:" + B.ip() + ":8080")).isTrue();
    Shell.run("ip", "-n", a, "addr", "add", "10.88.0.77/16", "dev", "eth0");
    long spoofed = dropped(FlowKind.DROP_SPOOFED);
    assertThat(connects(a, "TCP:" + B.ip() + ":8080,bind=10.88.0.77")).isFalse();
    await().until(() -> dropped(FlowKind.DROP_SPOOFED) > spoofed);

    Shell.run("ip", "-n", a, "link", "set", "eth0", "address", "02:df:00:00:00:66");
    long forgedMac = dropped(FlowKind.DROP_SPOOFED);
    assertThat(connects(a, "TCP:" + B.ip() + ":8080")).isFalse();
    await().until(() -> dropped(FlowKind.DROP_SPOOFED) > forgedMac);
  }

  @Test
  void trafficGoesOnWhileTheAdapterIsAwayAndWhenItComesBack() throws Exception {
    serve(b, 8080);
    Connection established = new Connection(a, B, 8080);
    assertThat(established.echo("before")).isEqualTo("before");
    adapter.close();
    assertThat(established.echo("away")).isEqualTo("away");
    assertThat(connects(a, "TCP:" + B.ip() + ":8080")).isTrue();
    adapter = new Adapter(ovs);
    adapter.carry(graphs.next());
    assertThat(established.echo("back")).isEqualTo("back");
  }

  private long dropped(FlowKind kind) throws Exception {
    return adapter.sync().observe(Table.ALL).stream()
        .filter(f -> Cookie.parse(f.cookie()).map(c -> c.kind() == kind).orElse(false))
        .mapToLong(ObservedFlow::packets)
        .sum();
  }

  private void serve(String namespace, int port) throws IOException {
    processes.add(
        in(namespace, "socat", "TCP-LISTEN:%d,fork,reuseaddr".formatted(port), "EXEC:cat"));
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
  private boolean connects(String namespace, String target) throws Exception {
    Process probe = in(namespace, "socat", "-u", "OPEN:/dev/null", target + ",connect-timeout=1.5");
    processes.add(probe);
    return probe.waitFor(10, TimeUnit.SECONDS) && probe.exitValue() == 0;
  }

  /** A connection to a server that echoes. */
  private final class Connection {
    private final Process client;
    private final StringBuilder received = new StringBuilder();

    Connection(String namespace, Replica to, int port) throws IOException {
      client = in(namespace, "socat", "-", "TCP:%s:%d".formatted(to.ip(), port));
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
