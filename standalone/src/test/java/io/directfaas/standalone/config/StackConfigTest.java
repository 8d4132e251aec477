package io.directfaas.standalone.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StackConfigTest {
  @Test
  void the_default_stack_is_where_the_documentation_says() {
    StackConfig config = StackConfig.defaults();
    assertThat(config.instance()).isEqualTo("df");
    assertThat(config.stateDir()).isEqualTo(Path.of("/var/lib/directfaas"));
    assertThat(config.runDir()).isEqualTo(Path.of("/run/directfaas"));
    assertThat(config.ports())
        .isEqualTo(new StackConfig.Ports(8080, 8081, 8082, 9010, 18000, 18001, 6653, 6654, 8083));
    assertThat(config.layout().fabricNamespace()).isEqualTo("df-fabric");
    assertThat(config.layout().replicaNamespace("ingress")).isEqualTo("df-ingress");
    assertThat(config.layout().bridgeManagement())
        .isEqualTo(Path.of("/run/directfaas/ovs/df0.mgmt"));
    assertThat(config.layout().controlSocket("echo-abcde"))
        .isEqualTo(Path.of("/run/directfaas/sidecars/echo-abcde/xds.sock"));
  }

  @Test
  void the_longest_run_directory_leaves_room_for_every_socket() {
    String runDir = "/" + "r".repeat(45);
    Layout layout = StackConfig.defaults().withRunDir(Path.of(runDir)).layout();
    assertThat(layout.adminSocket("x".repeat(40)).toString().length()).isLessThanOrEqualTo(107);
    assertThatThrownBy(() -> StackConfig.defaults().withRunDir(Path.of(runDir + "r")))
        .hasMessageStartingWith("runDir: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "DF", "-df", "df-", "df--x", "1df", "a/b", "abcdefghijklmnopqrstu"})
  void an_instance_is_a_short_label(String name) {
    assertThatThrownBy(() -> StackConfig.instance(name)).hasMessageStartingWith("instance: ");
  }

  @Test
  void ports_are_tcp_ports_and_each_is_given_once() {
    assertThatThrownBy(() -> new StackConfig.Ports(0, 1, 2, 3, 4, 5, 6, 7, 8))
        .hasMessage("ports: 0 is not a TCP port");
    assertThatThrownBy(() -> new StackConfig.Ports(1, 1, 2, 3, 4, 5, 6, 7, 8))
        .hasMessage("ports: 1 is given twice");
  }
}
