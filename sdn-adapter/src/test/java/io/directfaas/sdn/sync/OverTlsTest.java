package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchServer;
import io.directfaas.sdn.openflow.TlsFiles;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.TestIdentity;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Switches and databases over TCP and TLS, and what comes from those that are none. */
class OverTlsTest {
  private @TempDir Path directory;

  @Test
  void aSwitchIsTakenByItsCertificateAndItsDatabaseReadOverTls() throws Exception {
    TestIdentity ours = TestIdentity.create(directory, "adapter");
    TestIdentity known = TestIdentity.create(directory, "switch");
    TestIdentity stranger = TestIdentity.create(directory, "stranger");
    TlsFiles tls = new TlsFiles(ours.key(), ours.certificate(), known.certificate());
    try (OvsInstance ovs = OvsInstance.dummy();
        OvsInstance other = OvsInstance.dummy();
        SwitchServer server =
            new SwitchServer(SessionConfig.defaults(), tls.forServer(), () -> {})) {
      ovs.vsctl("set", "bridge", "df0", "other_config:datapath-id=0000000000000b01");
      other.vsctl("set", "bridge", "df0", "other_config:datapath-id=0000000000000b02");
      known.giveTo(ovs, ours);
      stranger.giveTo(other, ours);
      int port = server.listen("127.0.0.1", 0);
      other.vsctl("set-controller", "df0", "ssl:127.0.0.1:" + port);
      ovs.vsctl("set-controller", "df0", "ssl:127.0.0.1:" + port);
      await().atMost(OvsInstance.PATIENCE).until(() -> server.connected().contains(0xb01L));

      int database = freePort();
      ovs.vsctl("set-manager", "pssl:" + database + ":127.0.0.1");
      ovs.plugDummy(GraphFixture.replica("acme/a", "a", 2), 2);
      try (PortWatch ports =
          new PortWatch(
              new OvsdbAddress.Tls("127.0.0.1", database),
              tls.forClient(),
              OvsInstance.BRIDGE,
              TunnelConfig.NONE,
              () -> {})) {
        ports.start();
        await()
            .atMost(OvsInstance.PATIENCE)
            .until(() -> ports.bridge().filter(b -> b.claims().size() == 1).isPresent());
        assertThat(ports.bridge().orElseThrow().dpid()).isEqualTo("0000000000000b01");
      }
      assertThat(server.connected()).containsExactly(0xb01L);
    }
  }

  @Test
  void bytesThatMakeNoSenseEndAConnectionAndNothingElse() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (OvsInstance ovs = OvsInstance.dummy();
        ServerSocket nonsense = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        SwitchServer server = new SwitchServer(SessionConfig.defaults(), null, () -> {})) {
      Thread.ofVirtual()
          .start(
              () -> {
                String[] answers = {
                  "\u0000\u0001", "{\"id\":1,\"result\":", "[[[[[[", "{\"method\":\"update\"}"
                };
                while (!nonsense.isClosed()) {
                  try (Socket socket = nonsense.accept()) {
                    int n = connections.getAndIncrement();
                    socket
                        .getOutputStream()
                        .write(answers[n % answers.length].getBytes(StandardCharsets.UTF_8));
                  } catch (java.io.IOException e) {
                    return;
                  }
                }
              });
      try (PortWatch ports =
          new PortWatch(
              new OvsdbAddress.Tcp("127.0.0.1", nonsense.getLocalPort()),
              null,
              OvsInstance.BRIDGE,
              TunnelConfig.NONE,
              () -> {})) {
        ports.start();
        await().atMost(OvsInstance.PATIENCE).until(() -> connections.get() > 5);
        assertThat(ports.connected()).isFalse();
        assertThat(ports.bridge()).isEmpty();
        assertThat(ports.lastError()).contains("tcp:127.0.0.1");
      }

      int port = server.listen("127.0.0.1", 0);
      for (String greeting :
          new String[] {
            "GET / HTTP/1.1\r\n\r\n",
            "\u0005\u0000\u0000\u0000\u0000\u0000\u0000\u0001",
            "\u0005\u0000\u0000\u0008\u0000\u0000\u0000\u0001\u0005\u0063\u0000\u0009\u0000\u0000\u0000\u0002x"
          }) {
        Socket socket = new Socket("127.0.0.1", port);
        OutputStream out = socket.getOutputStream();
        out.write(greeting.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        socket.close();
      }
      ovs.vsctl("set-controller", "df0", "tcp:127.0.0.1:" + port);
      await().atMost(OvsInstance.PATIENCE).until(() -> server.connected().size() == 1);
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
