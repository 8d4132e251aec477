package io.directfaas.standalone.node.ovs;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.LocalNode;
import io.directfaas.standalone.node.TestStack;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.ProcFs;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real daemons. Needs root. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrivateOvsTest {
  private static final Slot SLOT = new Slot(3);

  private TestStack stack;
  private LocalNode node;

  @BeforeEach
  void up() throws Exception {
    stack = new TestStack();
    node = stack.node();
    node.startFabric();
  }

  @AfterEach
  void down() throws Exception {
    stack.close();
  }

  private String vsctl(String... arguments) throws Exception {
    return Tool.run(node.ovs().vsctl(arguments), "").strip();
  }

  @Test
  void the_bridge_is_as_the_controller_expects_it() throws Exception {
    assertThat(
            vsctl("get", "Bridge", "df0", "datapath_type", "fail_mode", "protocols", "controller"))
        .isEqualTo("netdev\nsecure\n[OpenFlow10, OpenFlow13, OpenFlow14, OpenFlow15]\n[]");
    assertThat(vsctl("get", "Bridge", "df0", "datapath_id")).isEqualTo("\"000002df00000001\"");
    assertThat(stack.layout().bridgeManagement()).exists();
    assertThat(vsctl("get", "Open_vSwitch", ".", "other_config"))
        .contains("userspace-tso-enable=\"true\"");
    assertThat(Files.readString(stack.layout().ovsDir().resolve("ovs-vswitchd.log")))
        .contains("Userspace TCP Segmentation Offloading support enabled");
  }

  @Test
  void it_runs_in_a_namespace_of_its_own_and_leaves_the_host_alone() throws Exception {
    long own = ProcFs.networkNamespace(ProcessHandle.current().pid()).orElseThrow();
    long vswitch = node.ovs().vswitchProcess().orElseThrow().pid();
    assertThat(ProcFs.networkNamespace(vswitch).orElseThrow()).isNotEqualTo(own);
    assertThat(Tool.run("ip", "link")).doesNotContain("df0").doesNotContain("ovs-netdev");
  }

  @Test
  void the_next_life_adopts_it_with_its_flows() throws Exception {
    stack.openFabric();
    ProcessIdentity before = node.ovs().vswitchProcess().orElseThrow().identity();
    node.close();
    LocalNode next = stack.node();
    next.startFabric();
    assertThat(next.ovs().vswitchProcess().map(DetachedProcess::identity)).contains(before);
    assertThat(Tool.run("ovs-ofctl", "dump-flows", stack.layout().bridgeManagement().toString()))
        .contains("actions=NORMAL");
  }

  @Test
  void a_killed_switch_comes_back_with_its_ports() throws Exception {
    node.network().create("a", SLOT);
    node.network().create("b", new Slot(4));
    DetachedProcess first = node.ovs().vswitchProcess().orElseThrow();
    first.identity().signal(true);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                node.ovs().vswitchProcess().filter(p -> p.pid() != first.pid()).isPresent()
                    && Tool.attempt(node.ovs().appctl("ofproto/list"), "", Duration.ofSeconds(5))
                        .output()
                        .contains(Layout.BRIDGE)
                    && ofPort("slot3") > 0
                    && ofPort("slot4") > 0);
    stack.openFabric();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> stack.inNamespace("a", SLOT.sidecarUid(), "true").ok() && arpWorks());
    // And it can be changed again.
    node.network().delete("a", SLOT);
    assertThat(node.ovs().ports()).containsOnlyKeys("slot4");
  }

  private int ofPort(String name) throws Exception {
    return Integer.parseInt(vsctl("--if-exists", "get", "Interface", name, "ofport"));
  }

  private boolean arpWorks() throws Exception {
    // A refused connection has been answered by the other end.
    return stack
        .get("a", SLOT.sidecarUid(), "http://10.88.0.4:8080/")
        .output()
        .contains("Connection refused");
  }

  @Test
  void a_killed_database_comes_back_and_no_flow_is_lost() throws Exception {
    stack.openFabric();
    DetachedProcess first = node.ovs().databaseProcess().orElseThrow();
    first.identity().signal(true);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                node.ovs().databaseProcess().filter(p -> p.pid() != first.pid()).isPresent()
                    && Tool.attempt(
                            node.ovs().vsctl("--no-wait", "show"), "", Duration.ofSeconds(5))
                        .ok());
    node.network().create("a", SLOT);
    assertThat(Tool.run("ovs-ofctl", "dump-flows", stack.layout().bridgeManagement().toString()))
        .contains("actions=NORMAL");
  }

  @Test
  void its_ports_have_a_large_receive_buffer() throws Exception {
    node.network().create("a", SLOT);
    assertThat(stack.inFabric("ss", "-f", "link", "-mn")).contains("rb33554432");
  }
}
