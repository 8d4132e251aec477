package io.directfaas.standalone.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real namespaces, real Open vSwitch, real Envoys, real functions. Needs root. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class LocalProviderTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int HOST = 0;

  private TestStack stack;
  private LocalNode node;
  private final RecordingSink sink = new RecordingSink();

  @BeforeEach
  void up() throws Exception {
    stack = new TestStack();
    node = stack.node();
    node.startFabric();
    stack.openFabric();
  }

  @AfterEach
  void down() throws Exception {
    stack.close();
  }

  private static FunctionSpec files(String name) {
    return TestStack.spec(name, "/usr/bin/python3 -m http.server 8080", Map.of());
  }

  private void awaitReady(FunctionRef ref, int count) {
    await()
        .atMost(SOON)
        .until(() -> sink.ready(ref).size() == count && sink.of(ref).size() == count);
  }

  private static Slot slot(KnownReplica known) {
    return Slot.of(known.replica().ip()).orElseThrow();
  }

  @Test
  void a_function_gets_its_replicas_and_loses_them_when_it_is_scaled_down_and_removed()
      throws Exception {
    FunctionSpec spec = files("web");
    node.provider().start(sink, List.of(new DesiredFunction(spec, 2, 1)), List.of());
    awaitReady(spec.ref(), 2);
    assertThat(node.provider().problem(spec.ref())).isEmpty();

    KnownReplica first = sink.ready(spec.ref()).getFirst();
    String id = first.replica().id();
    assertThat(sink.history()).containsSubsequence(id + " STARTING", id + " READY");
    KnownReplica second = sink.ready(spec.ref()).getLast();
    String url = "http://" + second.replica().ip() + ":8080/";
    assertThat(stack.get(id, slot(first).sidecarUid(), url).output()).contains("Directory listing");

    node.provider().apply(new DesiredFunction(spec, 1, 1));
    awaitReady(spec.ref(), 1);
    node.provider().remove(spec.ref());
    awaitReady(spec.ref(), 0);
    assertThat(Namespaces.exists(stack.layout().replicaNamespace(id))).isFalse();
    assertThat(node.ovs().ports().values()).containsOnly("ingress");
    assertThat(sink.history())
        .containsSubsequence(id + " STARTING", id + " READY", id + " DRAINING", id + " gone");
  }

  @Test
  void the_ingress_answers_on_the_hosts_loopback_from_a_network_of_its_own() throws Exception {
    node.provider().start(sink, List.of(), List.of());
    await().atMost(SOON).until(this::ingressAnswers);
    assertThat(sink.ready(FunctionRef.INGRESS)).hasSize(1);
    assertThat(sink.ready(FunctionRef.INGRESS).getFirst().replica().ip())
        .isEqualTo(Slot.INGRESS.ip());
  }

  @Test
  void an_update_brings_up_the_new_generation_before_it_drains_the_old() throws Exception {
    FunctionSpec spec = files("web");
    node.provider().start(sink, List.of(new DesiredFunction(spec, 1, 1)), List.of());
    awaitReady(spec.ref(), 1);
    String old = sink.ready(spec.ref()).getFirst().replica().id();

    node.provider().apply(new DesiredFunction(files("web"), 1, 2));
    await().atMost(SOON).until(() -> sink.history().contains(old + " gone"));
    awaitReady(spec.ref(), 1);
    KnownReplica replacement = sink.ready(spec.ref()).getFirst();
    assertThat(replacement.generation()).isEqualTo(2);
    assertThat(sink.history())
        .containsSubsequence(replacement.replica().id() + " READY", old + " DRAINING");
  }

  @Test
  void a_replica_that_leaves_finishes_the_call_it_has() throws Exception {
    FunctionSpec spec =
        stack.python(
            "slow",
            """
            import http.server, time
            class H(http.server.BaseHTTPRequestHandler):
              def do_GET(self):
                time.sleep(2)
                self.send_response(200); self.end_headers(); self.wfile.write(b'late')
            http.server.ThreadingHTTPServer(('', 8080), H).serve_forever()
            """);
    FunctionSpec caller = files("caller");
    node.provider()
        .start(
            sink,
            List.of(new DesiredFunction(spec, 1, 1), new DesiredFunction(caller, 1, 1)),
            List.of());
    awaitReady(spec.ref(), 1);
    awaitReady(caller.ref(), 1);
    KnownReplica from = sink.ready(caller.ref()).getFirst();
    KnownReplica to = sink.ready(spec.ref()).getFirst();
    var call =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return stack.inNamespace(
                    from.replica().id(),
                    slot(from).sidecarUid(),
                    "curl",
                    "-s",
                    "http://" + to.replica().ip() + ":8080/");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    await()
        .atMost(SOON)
        .until(
            () ->
                stack
                    .inNamespace(to.replica().id(), HOST, "ss", "-Htn", "sport = :8080")
                    .output()
                    .contains("ESTAB"));
    node.provider().remove(spec.ref());
    assertThat(call.get(SOON.toSeconds(), TimeUnit.SECONDS).output()).isEqualTo("late");
    awaitReady(spec.ref(), 0);
  }

  @Test
  void a_function_that_dies_is_started_again_and_one_that_keeps_dying_says_why() throws Exception {
    FunctionSpec broken = stack.python("broken", "import sys; sys.exit('no such luck')");
    FunctionSpec spec = files("web");
    node.provider()
        .start(
            sink,
            List.of(new DesiredFunction(broken, 1, 1), new DesiredFunction(spec, 1, 1)),
            List.of());
    FunctionSpec mute =
        stack.python("mute", "import time; print('zzz', flush=True); time.sleep(999)");
    node.provider().apply(new DesiredFunction(mute, 1, 1));
    awaitReady(spec.ref(), 1);
    await()
        .atMost(SOON)
        .until(
            () ->
                node.provider()
                    .problem(mute.ref())
                    .equals(Optional.of("runs but does not listen on port 8080: zzz")));
    await()
        .atMost(SOON)
        .until(() -> node.provider().problem(broken.ref()).orElse("").contains("no such luck"));
    assertThat(sink.ready(broken.ref())).isEmpty();

    String id = sink.ready(spec.ref()).getFirst().replica().id();
    ProcessIdentity.readFrom(stack.layout().functionPid(id)).orElseThrow().signal(true);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(sink.history())
                    .containsSubsequence(id + " READY", id + " STARTING", id + " READY"));
    assertThat(sink.history()).doesNotContain(id + " gone");
  }

  @Test
  void the_next_provider_adopts_replicas_without_restarting_anything() throws Exception {
    FunctionSpec spec = files("web");
    DesiredFunction desired = new DesiredFunction(spec, 2, 1);
    node.provider().start(sink, List.of(desired), List.of());
    awaitReady(spec.ref(), 2);
    await().atMost(SOON).until(() -> sink.ready(FunctionRef.INGRESS).size() == 1);
    List<KnownReplica> known = sink.known();
    List<String> before = processes(known);
    node.close();

    LocalNode next = stack.node();
    next.startFabric();
    RecordingSink second = new RecordingSink();
    next.provider().start(second, List.of(desired), known);
    next.provider().apply(new DesiredFunction(spec, 3, 1));
    await().atMost(SOON).until(() -> second.ready(spec.ref()).size() == 1);

    assertThat(processes(known)).isEqualTo(before);
    assertThat(second.history()).hasSize(2).allMatch(line -> line.startsWith("web-"));
    // What was adopted is cared for: its death is noticed.
    String id =
        known.stream()
            .filter(k -> !k.replica().function().isIngress())
            .findFirst()
            .orElseThrow()
            .replica()
            .id();
    ProcessIdentity.readFrom(stack.layout().functionPid(id)).orElseThrow().signal(true);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(second.history()).containsSubsequence(id + " STARTING", id + " READY"));
  }

  @Test
  void replicas_that_died_with_everything_else_are_gone_and_replaced() throws Exception {
    FunctionSpec spec = files("web");
    DesiredFunction desired = new DesiredFunction(spec, 1, 1);
    node.provider().start(sink, List.of(desired), List.of());
    awaitReady(spec.ref(), 1);
    List<KnownReplica> known = sink.known();
    String lost = sink.ready(spec.ref()).getFirst().replica().id();
    node.close();
    for (String file : processes(known)) {
      String[] identity = file.split(" ", -1);
      new ProcessIdentity(Long.parseLong(identity[0]), Long.parseLong(identity[1])).signal(true);
    }
    ProcessIdentity.readFrom(stack.layout().ovsDir().resolve("ovs-vswitchd.pid"))
        .orElseThrow()
        .signal(true);
    ProcessIdentity.readFrom(stack.layout().ovsDir().resolve("ovsdb-server.pid"))
        .orElseThrow()
        .signal(true);

    LocalNode next = stack.node();
    next.startFabric();
    RecordingSink second = new RecordingSink();
    next.provider().start(second, List.of(desired), known);
    await().atMost(SOON).until(() -> second.ready(spec.ref()).size() == 1);
    assertThat(second.history()).contains(lost + " gone");
    assertThat(Namespaces.exists(stack.layout().replicaNamespace(lost))).isFalse();
    assertThat(next.ovs().ports().values()).doesNotContain(lost);
    await().atMost(SOON).until(this::ingressAnswers);
  }

  private boolean ingressAnswers() throws Exception {
    return Tool.attempt(
            List.of("curl", "-s", "http://127.0.0.1:" + stack.ingressPort()),
            "",
            Duration.ofSeconds(5))
        .output()
        .equals("envoy of ingress");
  }

  /** The pid files of all replicas: pid and start time of every process. */
  private List<String> processes(List<KnownReplica> known) {
    return known.stream()
        .map(k -> k.replica().id())
        .sorted()
        .flatMap(id -> Stream.of(stack.layout().functionPid(id), stack.layout().sidecarPid(id)))
        .filter(Files::exists)
        .map(file -> ProcessIdentity.readFrom(file).orElseThrow())
        .map(identity -> identity.pid() + " " + identity.startTime())
        .toList();
  }
}
