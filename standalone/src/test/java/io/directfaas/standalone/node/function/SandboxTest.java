package io.directfaas.standalone.node.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.function.FunctionSpec.Resources;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.standalone.node.LocalNode;
import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.TestStack;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.ProcFs;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a function sees and may do, asked from inside. Needs root. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SandboxTest {
  private static final Slot SLOT = new Slot(3);
  private static final String ID = "probe";

  private TestStack stack;
  private FunctionRuntime runtime;

  private final List<SourceCalls> directCalls = new CopyOnWriteArrayList<>();

  @BeforeEach
  void up() throws Exception {
    stack = new TestStack();
    LocalNode node = stack.node();
    node.startFabric();
    node.network().create(ID, SLOT);
    Ownership.directory(stack.layout().replicaDir(ID), 0, SLOT.functionUid(), "rwx--x---");
    runtime =
        new FunctionRuntime(
            stack.config(),
            ImageAliases.none(),
            (namespace, name) ->
                Optional.of((namespace + "/" + name + "!").getBytes(StandardCharsets.UTF_8)),
            directCalls::add);
  }

  @AfterEach
  void down() throws Exception {
    stack.close();
  }

  private FunctionSpec shell(String script, List<String> secrets, @Nullable Resources limits)
      throws Exception {
    String code = stack.code("probe.sh", script);
    return new FunctionSpec(
        new FunctionRef("acme", "probe"),
        "local/http",
        "/bin/sh probe.sh",
        Map.of("GREETING", "hello  world", "EMPTY", ""),
        List.of(),
        secrets,
        Map.of(),
        Map.of(FunctionRuntime.CODE_ANNOTATION, code),
        limits,
        null,
        true);
  }

  /** Runs the script in the sandbox; returns its output. */
  private String inside(String script, String... secrets) throws Exception {
    FunctionSpec spec = shell(script + "\necho the end\nsleep 1000\n", List.of(secrets), null);
    assertThat(runtime.check(spec)).isEmpty();
    FunctionProcess process = runtime.start(ID, spec, SLOT, () -> {});
    try {
      Path log = stack.layout().functionLog(ID);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Files.exists(log) && Files.readString(log).contains("the end"));
      return Files.readString(log);
    } finally {
      process.stop(Duration.ZERO);
    }
  }

  @Test
  void it_is_its_own_user_without_any_capability() throws Exception {
    assertThat(
            inside("id; grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs' /proc/self/status; unshare -U true"))
        .contains("uid=" + SLOT.functionUid() + "(app) gid=" + SLOT.functionUid())
        .contains("CapPrm:\t0000000000000000")
        .contains("CapEff:\t0000000000000000")
        .contains("CapBnd:\t0000000000000000")
        .contains("NoNewPrivs:\t1")
        .contains("unshare failed");
  }

  @Test
  void it_sees_nothing_of_the_stack_or_of_other_users() throws Exception {
    Path secret = stack.layout().stateDir().resolve("secret-state");
    Files.writeString(secret, "state");
    String seen =
        inside(
            "ls / /tmp /home /etc /var /var/openfaas; cat "
                + secret
                + "; ls "
                + stack.layout().runDir()
                + "; ls /root /run /sys; cat /etc/shadow");
    assertThat(seen)
        .contains("cat: " + secret + ": No such file")
        .contains("cannot access '" + stack.layout().runDir())
        .contains("cannot access '/root'")
        .contains("cannot access '/run'")
        .contains("cannot access '/sys'")
        .contains("/etc/shadow: No such file");
  }

  @Test
  void it_writes_to_its_tmp_only() throws Exception {
    String seen =
        inside(
            "for f in /x /usr/x /etc/x /home/app/x /home/app/function/x /dev/x /var/x /tmp/x; do"
                + " (echo >$f) 2>/dev/null && echo wrote $f; done; ls /tmp");
    assertThat(seen.lines().filter(line -> line.startsWith("wrote")))
        .containsExactly("wrote /tmp/x");
    assertThat(seen).contains("\nx\n");
  }

  @Test
  void it_sees_and_signals_only_its_own_processes() throws Exception {
    long own = ProcessHandle.current().pid();
    String seen =
        inside("ps -A -o comm=; kill -0 " + own + " && echo reached; kill -0 1 && echo init");
    assertThat(seen).contains("No such process").doesNotContain("java").doesNotContain("reached");
  }

  @Test
  void it_has_its_environment_and_no_other() throws Exception {
    Map<String, String> environment = new HashMap<>();
    inside("env; pwd")
        .lines()
        .filter(line -> line.contains("="))
        .forEach(line -> environment.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    environment.keySet().removeAll(List.of("PWD", "OLDPWD", "SHLVL", "_"));
    assertThat(environment)
        .containsEntry("PORT", "8080")
        .containsEntry("GREETING", "hello  world")
        .containsEntry("EMPTY", "")
        .containsEntry("fprocess", "/bin/sh probe.sh")
        .containsEntry("HOME", "/home/app")
        // A JVM is to follow a name to its new address within a second.
        .containsEntry("JAVA_TOOL_OPTIONS", "-Dsun.net.inetaddr.ttl=1")
        .containsOnlyKeys(
            "JAVA_TOOL_OPTIONS",
            "PORT",
            "GREETING",
            "EMPTY",
            "fprocess",
            "HOME",
            "PATH",
            "LANG",
            "OPENFAAS_NAME",
            "OPENFAAS_NAMESPACE");
  }

  @Test
  void its_environment_is_not_in_a_command_line_that_others_can_read() throws Exception {
    FunctionSpec spec = shell("sleep 1000", List.of(), null);
    FunctionProcess process = runtime.start(ID, spec, SLOT, () -> {});
    await().until(() -> process.process().isPresent() && inSandbox().isPresent());
    for (ProcessIdentity p : all()) {
      assertThat(ProcFs.read(p.pid(), "cmdline").orElse("")).doesNotContain("hello");
    }
    process.stop(Duration.ZERO);
    assertThat(all()).isEmpty();
  }

  @Test
  void the_names_of_the_gateway_are_its_sidecar() throws Exception {
    assertThat(
            inside(
                "getent hosts gateway gateway.openfaas gateway.openfaas.svc.cluster.local;"
                    + " hostname"))
        .contains("169.254.88.1    gateway gateway.openfaas gateway.openfaas.svc.cluster.local")
        .contains("probe");
  }

  @Test
  void its_secrets_are_files_that_only_it_can_read() throws Exception {
    assertThat(inside("cat /var/openfaas/secrets/api-key; ls -ln /var/openfaas/secrets", "api-key"))
        .contains("acme/api-key!")
        .contains("-r--r-----");
    Path secret = stack.layout().replicaDir(ID).resolve("secrets/api-key");
    assertThat(stack.inNamespace(ID, SLOT.functionUid(), "cat", secret.toString()).ok()).isTrue();
    assertThat(stack.inNamespace(ID, new Slot(4).functionUid(), "cat", secret.toString()).output())
        .contains("Permission denied");
    assertThat(stack.inNamespace(ID, SLOT.sidecarUid(), "cat", secret.toString()).output())
        .contains("Permission denied");
  }

  @Test
  void it_dies_with_any_of_the_processes_around_it() throws Exception {
    FunctionSpec spec = shell("sleep 1000 & sleep 1000", List.of(), null);
    FunctionProcess process = runtime.start(ID, spec, SLOT, () -> {});
    await().until(() -> inSandbox().isPresent());
    ProcessIdentity before = inSandbox().orElseThrow();
    process.close();
    process.process().orElseThrow().identity().signal(true);
    await().until(() -> all().isEmpty() && !before.alive());

    FunctionProcess again = runtime.start(ID, spec, SLOT, () -> {});
    await().until(() -> inSandbox().isPresent());
    again.close();
    // bubblewrap itself: the child of the shell
    all().stream()
        .filter(p -> ProcFs.nestedPids(p.pid()).size() == 1)
        .filter(p -> !p.equals(again.process().orElseThrow().identity()))
        .forEach(p -> p.signal(true));
    await().until(() -> all().isEmpty());
  }

  @Test
  void a_memory_limit_stops_it_and_not_the_machine() throws Exception {
    FunctionSpec spec =
        shell(
            "/usr/bin/python3 -c 'b = bytearray(200 << 20)'; echo ended with $?; sleep 1000",
            List.of(),
            new Resources("32Mi", "500m"));
    FunctionProcess process = runtime.start(ID, spec, SLOT, () -> {});
    Path log = stack.layout().functionLog(ID);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.exists(log) && Files.readString(log).contains("ended with 137"));
    process.stop(Duration.ZERO);
    runtime.clean(ID);
    assertThat(new Cgroups(stack.config().instance()).replicas()).isEmpty();
  }

  private Optional<ProcessIdentity> inSandbox() throws Exception {
    return all().stream()
        .filter(p -> ProcFs.nestedPids(p.pid()).size() > 1)
        .filter(p -> ProcFs.read(p.pid(), "comm").orElse("").startsWith("sleep"))
        .findFirst();
  }

  /** Everything of that user in the replica's namespace. */
  private List<ProcessIdentity> all() throws Exception {
    long inode = Namespaces.inode(stack.layout().replicaNamespace(ID)).orElseThrow();
    return ProcFs.pidsByNetworkNamespace().getOrDefault(inode, List.of()).stream()
        .filter(pid -> ProcFs.uid(pid).filter(uid -> uid == SLOT.functionUid()).isPresent())
        .flatMap(pid -> ProcessIdentity.of(pid).stream())
        .toList();
  }
}
