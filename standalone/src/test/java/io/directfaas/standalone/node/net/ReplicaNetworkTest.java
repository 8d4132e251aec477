package io.directfaas.standalone.node.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.standalone.node.LocalNode;
import io.directfaas.standalone.node.TestStack;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.LaunchSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two replicas' networks on a switch that forwards everything. Needs root. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReplicaNetworkTest {
  private static final Slot A = new Slot(3);
  private static final Slot B = new Slot(0x104);

  private TestStack stack;
  private LocalNode node;

  @BeforeEach
  void up() throws Exception {
    stack = new TestStack();
    node = stack.node();
    node.startFabric();
    stack.openFabric();
    node.network().create("a", A);
    node.network().create("b", B);
  }

  @AfterEach
  void down() throws Exception {
    stack.close();
  }

  private void serve(String replica, int uid, String address, int port) throws Exception {
    List<String> command =
        new ArrayList<>(Namespaces.enter(stack.layout().replicaNamespace(replica)));
    command.addAll(List.of("setpriv", "--reuid", "" + uid, "--clear-groups", "--"));
    command.addAll(List.of("/usr/bin/python3", "-m", "http.server", "--bind", address, "" + port));
    Path log = stack.layout().runDir().resolve(replica + port + ".log");
    DetachedProcess server =
        DetachedProcess.start(
            new LaunchSpec(
                "server",
                command,
                LaunchSpec.PLAIN_ENVIRONMENT,
                log,
                log.resolveSibling(replica + port + ".pid")));
    Awaitility.await().until(() -> new ListenCheck(port).listens(server.pid()));
  }

  @Test
  void the_gateway_address_leads_to_the_sidecar_whoever_asks() throws Exception {
    serve("a", A.sidecarUid(), "127.0.0.1", 15001);
    assertThat(stack.get("a", A.functionUid(), "http://169.254.88.1:8080/").output())
        .contains("Directory listing");
    // Whatever else of that address is asked for is refused at once, not lost.
    assertThat(stack.get("a", A.functionUid(), "http://169.254.88.1:8081/").output())
        .contains("Connection refused");
  }

  @Test
  void only_the_sidecars_user_opens_connections_and_everybody_answers() throws Exception {
    serve("b", B.functionUid(), "0.0.0.0", 8080);
    String url = "http://" + B.ip() + ":8080/";
    assertThat(stack.get("a", A.sidecarUid(), url).output()).contains("Directory listing");
    assertThat(node.network().undeclaredPackets("a")).isZero();
    assertThat(node.network().undeclaredPackets("b")).isZero();

    assertThat(stack.get("a", A.functionUid(), url).output()).contains("timed out");
    assertThat(node.network().undeclaredPackets("a")).isPositive();
    // Not even root in the namespace: nothing but the sidecar is to send.
    assertThat(stack.get("a", 0, url).output()).contains("timed out");
  }

  @Test
  void a_function_that_is_let_out_opens_connections_until_it_is_shut_in() throws Exception {
    serve("b", B.functionUid(), "0.0.0.0", 8080);
    String url = "http://" + B.ip() + ":8080/";

    node.network().letOut("a", A, true);
    assertThat(stack.get("a", A.functionUid(), url).output()).contains("Directory listing");
    assertThat(node.network().undeclaredPackets("a")).isZero();
    assertThat(stack.get("a", 0, url).output()).as("root in it").contains("timed out");

    // A connection that is open already must not be a way round.
    String shutInMeanwhile =
        """
        import socket, sys, time
        s = socket.create_connection(('%s', 8080), 5)
        print('connected', flush=True)
        sys.stdin.readline()
        s.settimeout(10)
        try:
            s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(s.recv(99))
        except OSError as e:
            print(type(e).__name__)
        """
            .formatted(B.ip());
    List<String> command = new ArrayList<>(Namespaces.enter(stack.layout().replicaNamespace("a")));
    command.addAll(List.of("setpriv", "--reuid", "" + A.functionUid(), "--clear-groups", "--"));
    command.addAll(List.of("/usr/bin/python3", "-c", shutInMeanwhile));
    Process open = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var lines = open.inputReader()) {
      assertThat(lines.readLine()).isEqualTo("connected");
      node.network().letOut("a", A, false);
      open.outputWriter().append("go on\n").close();
      assertThat(lines.readLine()).isEqualTo("ConnectionResetError");
    } finally {
      open.destroyForcibly();
    }
    assertThat(stack.get("a", A.functionUid(), url).output()).contains("timed out");
    assertThat(stack.get("a", A.sidecarUid(), url).output()).contains("Directory listing");
    assertThat(stack.get("b", B.sidecarUid(), "http://" + A.ip() + ":8080/").output())
        .as("answers, here a refusal, still go out")
        .contains("refused");
  }

  @Test
  void a_function_sends_neither_datagrams_nor_echo_requests() throws Exception {
    stack.inNamespace(
        "a",
        A.functionUid(),
        "/usr/bin/python3",
        "-c",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('%s', 53))"
            .formatted(B.ip()));
    assertThat(node.network().undeclaredPackets("a")).isEqualTo(1);
    assertThat(stack.inNamespace("a", A.functionUid(), "ping", "-c1", "-W1", "" + B.ip()).ok())
        .isFalse();
  }

  @Test
  void a_replica_has_its_own_addresses_and_no_ipv6() throws Exception {
    String interfaces = stack.inNamespace("b", 0, "ip", "addr").output();
    assertThat(interfaces)
        .contains("inet 10.88.1.4/32")
        .contains("02:df:00:00:01:04")
        .contains("inet 127.0.0.1/8")
        .doesNotContain("inet6");
  }

  @Test
  void its_port_says_which_replica_it_is() throws Exception {
    assertThat(node.ovs().ports()).containsEntry("slot3", "a").containsEntry("slot260", "b");
    assertThat(
            Tool.run(
                node.ovs().vsctl("--columns=external_ids", "list", "Interface", "slot260"), ""))
        .contains("directfaas-replica=b")
        .contains("attached-mac=\"02:df:00:00:01:04\"")
        .contains("ip-address=\"10.88.1.4\"");
    assertThat(node.network().exists("a", A)).isTrue();
    assertThat(node.network().exists("a", B)).isFalse();
  }

  @Test
  void deleting_it_leaves_nothing_and_its_slot_can_be_used_again() throws Exception {
    node.network().delete("a", A);
    assertThat(Namespaces.exists(stack.layout().replicaNamespace("a"))).isFalse();
    assertThat(node.ovs().ports()).containsOnlyKeys("slot260");
    node.network().delete("a", A);
    node.network().create("c", A);
    serve("b", B.functionUid(), "0.0.0.0", 8080);
    assertThat(stack.get("c", A.sidecarUid(), "http://" + B.ip() + ":8080/").ok()).isTrue();
  }

  @Test
  void what_a_killed_run_left_in_its_place_is_replaced() throws Exception {
    Tool.run("ip", "netns", "del", stack.layout().replicaNamespace("a"));
    node.network().create("a", A);
    node.network().create("a", A);
    serve("b", B.functionUid(), "0.0.0.0", 8080);
    assertThat(stack.get("a", A.sidecarUid(), "http://" + B.ip() + ":8080/").ok()).isTrue();
  }

  @Test
  void a_namespace_of_somebody_else_is_not_taken() throws Exception {
    String foreign = stack.layout().replicaNamespace("foreign");
    Tool.run("ip", "netns", "add", foreign);
    try {
      assertThatThrownBy(() -> node.network().create("foreign", new Slot(9)))
          .hasMessageContaining(foreign)
          .hasMessageContaining("not of this stack");
      assertThat(Namespaces.exists(foreign)).isTrue();
    } finally {
      Tool.attempt(List.of("ip", "netns", "del", foreign), "", Duration.ofSeconds(5));
    }
  }
}
