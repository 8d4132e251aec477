package io.directfaas.standalone.node.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.TestStack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlainBridgeTest {
  private static final Slot A = TestStack.slot(3);
  private static final Slot B = TestStack.slot(260);

  private TestStack stack;
  private PlainBridge bridge;
  private ReplicaNetwork network;

  @BeforeEach
  void start() throws Exception {
    stack = new TestStack();
    Ownership.directory(stack.layout().runDir(), 0, 0, "rwxr-xr-x");
    Ownership.directory(stack.layout().namespaceRegister(), 0, 0, "rwx------");
    bridge = new PlainBridge(stack.layout());
    bridge.start();
    network = new ReplicaNetwork(stack.layout(), bridge);
    network.create("a", A);
    network.create("b", B);
  }

  @AfterEach
  void end() throws Exception {
    stack.close();
  }

  @Test
  void joins_the_replicas_and_knows_whose_each_port_is() throws Exception {
    assertThat(bridge.ports()).containsOnlyKeys("slot3", "slot260").containsEntry("slot3", "a");
    assertThat(network.exists("a", A)).isTrue();
    assertThat(network.exists("a", B)).isFalse();
    // Answered by the kernel on the other side.
    assertThat(stack.get("a", A.sidecarUid(), "http://" + B.ip() + ":8080/").output())
        .contains("Connection refused");
  }

  @Test
  void is_adopted_as_it_is_and_loses_ports_one_by_one() throws Exception {
    PlainBridge next = new PlainBridge(stack.layout());
    next.start();
    assertThat(next.ports()).containsOnlyKeys("slot3", "slot260");
    network.delete("a", A);
    assertThat(next.ports()).containsOnlyKeys("slot260");
    network.delete("a", A);
  }
}
