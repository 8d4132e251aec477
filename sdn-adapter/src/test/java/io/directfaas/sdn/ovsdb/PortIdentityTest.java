package io.directfaas.sdn.ovsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.pipeline.Port;
import io.directfaas.sdn.testing.GraphFixture;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortIdentityTest {
  private static final Replica A = GraphFixture.replica("acme/a", "a-1", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b-1", 3);
  private final List<Graph> graphs =
      List.of(
          new GraphFixture()
              .tenant("acme")
              .function("acme/a")
              .function("acme/b")
              .replica(A)
              .replica(B)
              .next());

  private Map<String, Port> resolve(Map<String, String> ids) {
    return PortIdentity.resolve(List.of(new PortClaim(7, ids, 1450)), graphs);
  }

  @Test
  void ourOwnKeyCountsBeforeAllOthersAndNeedsNoGraph() {
    assertThat(
            PortIdentity.resolve(
                List.of(
                    new PortClaim(7, Map.of("directfaas-replica", "x", "pod-name", "a-1"), 1450)),
                List.of()))
        .containsOnlyKeys("x");
  }

  @Test
  void othersKeysNameTheReplica() {
    String mac = A.mac().toString();
    for (Map<String, String> ids :
        List.of(
            Map.of("iface-id", "a-1"),
            Map.of("iface-id", "a-1.acme"),
            Map.of("pod-name", "a-1", "pod-namespace", "acme"),
            Map.of("pod_name", "a-1", "pod_namespace", "acme", "ip", "10.88.0.2/16"),
            Map.of("container-id", "a-1"),
            Map.of("contNetns", "/var/run/netns/a-1", "contIface", "eth0", "owner", "ovs-cni"),
            Map.of("attached-mac", mac),
            Map.of("attached-mac", mac, "ip-address", "10.88.0.2,fd00::2"))) {
      assertThat(resolve(ids)).as(ids.toString()).containsOnlyKeys("a-1");
    }
  }

  @Test
  void theNameCountsBeforeTheAddressAndAContradictionIsNoOnes() {
    for (Map<String, String> ids :
        List.of(
            Map.of("pod-name", "a-1", "pod-namespace", "globex"),
            Map.of("iface-id", "b-1", "attached-mac", A.mac().toString()),
            Map.of("pod-name", "a-1", "ip-address", "10.88.0.9"),
            Map.of("attached-mac", "mistyped"),
            Map.of("owner", "someone"))) {
      assertThat(resolve(ids)).as(ids.toString()).isEmpty();
    }
  }

  @Test
  void addressesOfDatabasesAreReadAsOpenVSwitchWritesThem() {
    assertThat(OvsdbAddress.parse("tcp:192.0.2.1"))
        .isEqualTo(new OvsdbAddress.Tcp("192.0.2.1", 6640));
    assertThat(OvsdbAddress.parse("ssl:[2001:db8::1]:7"))
        .isEqualTo(new OvsdbAddress.Tls("2001:db8::1", 7));
    assertThat(OvsdbAddress.parse("unix:/x")).hasToString("unix:/x");
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> OvsdbAddress.parse("udp:1"))
        .hasMessageContaining("udp:1");
  }
}
