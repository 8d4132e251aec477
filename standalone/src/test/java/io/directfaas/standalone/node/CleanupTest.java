package io.directfaas.standalone.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.function.Cgroups;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.process.ProcFs;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sweep takes and what it leaves. Needs root. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class CleanupTest {

  @Test
  void going_down_leaves_no_process_namespace_file_or_control_group() throws Exception {
    try (TestStack stack = new TestStack()) {
      RecordingSink sink = new RecordingSink();
      LocalNode node = stack.node();
      node.startFabric();
      var spec = TestStack.spec("web", "/usr/bin/python3 -m http.server 8080", Map.of());
      node.provider().start(sink, List.of(new DesiredFunction(spec, 2, 1)), List.of());
      await().atMost(Duration.ofSeconds(20)).until(() -> sink.ready(spec.ref()).size() == 2);
      Set<Long> inodes = inodes(stack.layout());
      assertThat(inodes).hasSizeGreaterThan(3);

      node.down();
      assertThat(Tool.run("ip", "netns")).doesNotContain(stack.config().instance());
      assertThat(ProcFs.pidsByNetworkNamespace().keySet()).doesNotContainAnyElementsOf(inodes);
      try (var left = Files.list(stack.layout().runDir())) {
        assertThat(left).isEmpty();
      }
      assertThat(new Cgroups(stack.config().instance()).replicas()).isEmpty();
      assertThat(Path.of("/sys/fs/cgroup/pids/directfaas-" + stack.config().instance()))
          .doesNotExist();
      // The host's namespace had a name of ours and processes of everybody: they live.
      assertThat(ProcessIdentity.of(ProcessHandle.current().pid())).isPresent();
    }
  }

  private static Set<Long> inodes(Layout layout) throws Exception {
    Set<Long> inodes = new HashSet<>();
    for (String name : new Namespaces(layout).registered()) {
      if (!name.equals(layout.hostNamespace())) {
        Namespaces.inode(name).ifPresent(inodes::add);
      }
    }
    return inodes;
  }

  @Test
  void another_stack_whose_name_begins_like_ours_is_not_touched() throws Exception {
    try (TestStack ours = new TestStack()) {
      ours.node().startFabric();
      // What a stack named <ours>-x would call its fabric, and what we would call replica x-fabric.
      String foreign = ours.config().instance() + "-x-fabric";
      Tool.run("ip", "netns", "add", foreign);
      Process process = null;
      try {
        List<String> command = new ArrayList<>(Namespaces.enter(foreign));
        command.addAll(List.of("sleep", "1000"));
        process = new ProcessBuilder(command).start();
        new Cleanup(ours.layout()).sweepAll();
        assertThat(Namespaces.exists(foreign)).isTrue();
        assertThat(process.isAlive()).isTrue();
      } finally {
        if (process != null) {
          process.destroyForcibly().waitFor();
        }
        Tool.run("ip", "netns", "del", foreign);
      }
    }
  }

  @Test
  void what_forks_while_it_is_swept_is_swept_as_well() throws Exception {
    try (TestStack stack = new TestStack()) {
      stack.node().startFabric();
      Namespaces namespaces = new Namespaces(stack.layout());
      String name = stack.layout().replicaNamespace("forks");
      namespaces.create(name);
      long inode = Namespaces.inode(name).orElseThrow();
      List<String> command = new ArrayList<>(Namespaces.enter(name));
      command.addAll(List.of("sh", "-c", "while :; do sh -c 'sleep 5' & sleep 0.01; done"));
      new ProcessBuilder(command).start();
      await()
          .until(() -> ProcFs.pidsByNetworkNamespace().getOrDefault(inode, List.of()).size() > 20);
      new Cleanup(stack.layout()).sweepReplicas(Set.of());
      assertThat(ProcFs.pidsByNetworkNamespace()).doesNotContainKey(inode);
      assertThat(Namespaces.exists(name)).isFalse();
      assertThat(Namespaces.exists(stack.layout().fabricNamespace())).isTrue();
    }
  }
}
