package io.directfaas.standalone.cli.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.config.StackConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTest {
  @Test
  void a_taken_port_is_named_with_what_needs_it_and_who_holds_it() throws IOException {
    int port;
    try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = holder.getLocalPort();
      assertThatThrownBy(() -> Ports.requireFree(Map.of(port, "the ingress")))
          .isInstanceOf(CommandFailed.class)
          .hasMessageStartingWith("port " + port + ", needed for the ingress, is taken")
          .hasMessageContaining("(pid " + ProcessHandle.current().pid() + ")");
    }
    assertThatCode(() -> Ports.requireFree(Map.of(port, "the ingress"))).doesNotThrowAnyException();
  }

  @Test
  void the_holder_is_read_from_what_ss_prints() {
    assertThat(
            Ports.parseHolder(
                "LISTEN 0 128 127.0.0.1:8080 0.0.0.0:* users:((\"nginx\",pid=42,fd=6))\n"))
        .contains("nginx (pid 42)");
    assertThat(Ports.parseHolder("LISTEN 0 128 127.0.0.1:8080 0.0.0.0:*\n")).isEmpty();
  }

  @Test
  void every_port_that_the_stack_listens_on_is_asked_for() {
    assertThat(Ports.of(StackConfig.Ports.defaults()))
        .containsOnlyKeys(8080, 8081, 8082, 9010, 18000, 18001, 6654, 8083);
  }
}
