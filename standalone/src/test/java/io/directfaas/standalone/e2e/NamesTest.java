package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Calls by the callee's name, from inside real sandboxes, with every kind of resolver. */
class NamesTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SIDECAR = "169.254.88.1";
  private static final Duration LONG = Duration.ofSeconds(90);

  private static final List<String> GLIBC = List.of("./resolve-glibc");
  private static final List<String> PYTHON = List.of("/usr/bin/python3", "resolve.py");

  /** Each resolver as a command inside the sandbox; names follow. */
  private static final Map<String, List<String>> RESOLVERS =
      Map.of(
          "glibc", GLIBC,
          "musl", List.of("./resolve-musl"),
          "Go", List.of("./resolve-go"),
          "JVM", java("Resolve"),
          "Node", List.of("node", "resolve.js"),
          "Node's c-ares", List.of("node", "resolve.js", "--dns"),
          "Python", PYTHON);

  @TempDir static Path directory;
  private static StackUnderTest stack;

  @BeforeAll
  static void start() throws Exception {
    buildProbe();
    stack = StackUnderTest.started();
    deploy(Map.of());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @AfterEach
  void oneReplicaOfEach() {
    scale("b", 1);
    awaitReplicas("b", 1);
  }

  @Test
  void everyResolverFindsWhatIsDeclaredAndNothingElse() {
    String b = only("acme", "b").path("ip").asString();
    String d = only("globex", "d").path("ip").asString();
    Map<String, String> expected = new TreeMap<>();
    for (String name : List.of("b", "b.acme", "b.acme.svc.cluster.local")) {
      expected.put(name, b);
    }
    expected.put("d.globex", d);
    expected.put("d.globex.svc.cluster.local", d);
    for (String name :
        List.of("gateway", "gateway.openfaas", "gateway.openfaas.svc.cluster.local")) {
      expected.put(name, SIDECAR);
    }
    // Of another tenant without its name, undeclared, of nobody, of the world.
    for (String name : List.of("d", "a", "a.acme", "spy.globex", "x.b", "nobody", "debian.org")) {
      expected.put(name, "-");
    }

    RESOLVERS.forEach(
        (resolver, command) ->
            assertThat(resolve(command, expected.keySet())).as(resolver).isEqualTo(expected));
  }

  @Test
  void otherTypesOfANameAreEmptyAndOtherNamesDoNotExist() {
    String b = only("acme", "b").path("ip").asString();
    String types = "28 15 16 33 65 6 5";
    for (String tcp : List.of("", "--tcp ")) {
      assertThat(query(tcp + "b.acme 1")).containsExactly("1 0 1/0/" + b);
      assertThat(query(tcp + "b.acme " + types))
          .hasSize(7)
          .allSatisfy(answer -> assertThat(answer).endsWith(" 0 -"));
      assertThat(query(tcp + "c.acme 1 " + types))
          .hasSize(8)
          .allSatisfy(answer -> assertThat(answer).endsWith(" 3 -"));
    }
  }

  @Test
  void aCallByNameGoesStraightToAReplicaPastTheSidecar() {
    String sidecar = only("acme", "caller").path("sidecarAdmin").asString();
    long throughSidecar = requests(sidecar);
    long throughSwitch = packets("acme/caller", "acme/b");

    for (String name : List.of("b", "b.acme", "b.acme.svc.cluster.local")) {
      assertThat(call("caller.acme", "http://" + name + ":8080/").path("body").asString())
          .isEqualTo(only("acme", "b").path("id").asString());
    }

    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(packets("acme/caller", "acme/b")).isGreaterThan(throughSwitch + 9));
    assertThat(requests(sidecar)).isEqualTo(throughSidecar);
    assertThat(call("caller.acme", "http://d.globex:8080/").path("status").asInt()).isEqualTo(200);
  }

  @Test
  void aColdCalleesNameLeadsToTheSidecarAndAWarmOnesToItsReplica() {
    scale("cold", 0);
    awaitName("cold", SIDECAR);

    // Started and held, or refused in words: in any case the sidecar knew which function was meant.
    JsonNode cold = call("caller.acme", "http://cold:8080/");
    assertThat(cold.path("status").asInt()).as(cold.toString()).isIn(200, 503);
    if (cold.path("status").asInt() == 503) {
      assertThat(cold.path("body").asString()).contains("acme/cold");
    }

    scale("cold", 1);
    awaitReplicas("cold", 1);
    String warm = only("acme", "cold").path("ip").asString();
    awaitName("cold", warm);
    assertThat(call("caller.acme", "http://cold:8080/").path("body").asString())
        .isEqualTo(only("acme", "cold").path("id").asString());
  }

  @Test
  void noCallByNameFailsWhileTheCalleeGrowsShrinksAndIsUpdated() throws Exception {
    JsonNode begun = probe("caller.acme", Map.of("load", "http://b:8080/"));
    assertThat(begun.isEmpty()).isTrue();
    Set<String> replicas = new TreeSet<>();
    // The one load has a connection per call, the other, in function a, keeps its connections.
    try (Load kept = Load.start(stack, "a.acme", EchoChain.body(1 << 10), 4)) {
      await().atMost(LONG).until(() -> kept.succeeded() > 50);

      scale("b", 3);
      awaitReplicas("b", 3);
      replicas("acme", "b").forEach(replica -> replicas.add(replica.path("id").asString()));
      int now = kept.succeeded();
      await().atMost(LONG).until(() -> kept.succeeded() > now + 200);
      deploy(Map.of("VERSION", "2"));
      awaitAllReplaced("b", replicas);
      scale("b", 1);
      awaitReplicas("b", 1);
      int last = kept.succeeded();
      await().atMost(LONG).until(() -> kept.succeeded() > last + 50);

      kept.close();
      assertThat(kept.failures()).isEmpty();
    }
    JsonNode fresh = probe("caller.acme", Map.of("stop", true));

    assertThat(fresh.path("bad")).isEmpty();
    Set<String> answered = new TreeSet<>();
    fresh.path("from").propertyNames().forEach(answered::add);
    assertThat(answered)
        .as("each of three replicas got calls, whatever the resolver's order")
        .containsAll(replicas);
  }

  @Test
  void aJvmThatRunsFollowsItsNames() throws Exception {
    String before = only("acme", "b").path("ip").asString();
    scale("b", 2);
    awaitReplicas("b", 2);
    Set<String> both = new TreeSet<>();
    replicas("acme", "b").forEach(replica -> both.add(replica.path("ip").asString()));
    String left = String.join(",", both);
    awaitName("b", left);

    List<String> command = new ArrayList<>(java("Resolve"));
    command.addAll(List.of("--until", before, "b"));
    CompletableFuture<String> watching =
        CompletableFuture.supplyAsync(() -> run("caller.acme", command));
    await().atMost(LONG).until(() -> jvmsIn(only("acme", "caller")) > 0);
    Thread.sleep(1000);
    scale("b", 1);

    // The youngest goes, so the first one stays.
    assertThat(watching.get()).contains("first " + left, "last " + before);
  }

  @Test
  void namesAndCallsOutliveTheControlPlaneAndTheResolverComesBack() {
    Map<Long, String> resolvers = resolvers();
    assertThat(resolvers).isNotEmpty();
    String b = only("acme", "b").path("ip").asString();
    Machine.kill(stack.daemonPid());
    try {
      await().atMost(LONG).until(() -> !ProcessHandle.of(stack.daemonPid()).isPresent());
      awaitName("b", b);
      assertThat(call("caller.acme", "http://b:8080/").path("status").asInt()).isEqualTo(200);
      assertThat(query("b 1")).containsExactly("1 0 1/0/" + b);
    } finally {
      stack.succeed("up");
    }
    assertThat(resolvers()).as("adopted").isEqualTo(resolvers);
    assertThat(only("acme", "b").path("ip").asString()).isEqualTo(b);

    resolvers.keySet().forEach(Machine::kill);
    await().atMost(LONG).until(() -> resolvers().size() == resolvers.size());
    awaitName("b", b);
    assertThat(stack.status().path("functions")).allMatch(NamesTest::ready);
  }

  @Test
  void theAnnotationTurnsNamesToTheSidecarAndBackWithoutARestart() {
    JsonNode caller = only("acme", "caller");
    String b = only("acme", "b").path("ip").asString();
    String byAddress = "http://" + b + ":8080/";
    assertThat(call("caller.acme", byAddress).path("status").asInt()).isEqualTo(200);

    annotateNamespace("acme", Map.of("directfaas.io/names", "sidecar"));
    try {
      awaitName("b", SIDECAR);
      long before = requests(caller.path("sidecarAdmin").asString());
      JsonNode answer = call("caller.acme", "http://b.acme:8080/");
      assertThat(answer.path("body").asString()).isEqualTo(only("acme", "b").path("id").asString());
      assertThat(requests(caller.path("sidecarAdmin").asString())).isGreaterThan(before);
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(tried("caller.acme", byAddress).path("status").isNull())
                      .as("its own way to the network is closed")
                      .isTrue());
    } finally {
      annotateNamespace("acme", Map.of());
    }

    awaitName("b", b);
    assertThat(call("caller.acme", byAddress).path("status").asInt()).isEqualTo(200);
    assertThat(only("acme", "caller").path("id")).isEqualTo(caller.path("id"));
  }

  @Test
  void aFunctionThatMayGoOutReachesNothingUndeclaredAndTheSwitchCountsIt() {
    long before = drops();
    for (JsonNode target : List.of(only("acme", "b"), only("globex", "d"))) {
      JsonNode answer = tried("spy.globex", "http://" + target.path("ip").asString() + ":8080/");
      assertThat(answer.path("status").isNull()).as(answer.toString()).isTrue();
    }
    assertThat(resolve("spy.globex", PYTHON, List.of("b", "b.acme", "d")))
        .isEqualTo(Map.of("b", "-", "b.acme", "-", "d", "-"));

    await().atMost(LONG).untilAsserted(() -> assertThat(drops()).isGreaterThan(before));
  }

  @Test
  void whySaysWhereTheNameLeads() {
    String b = only("acme", "b").path("ip").asString();
    StackUnderTest.Outcome direct = stack.run("why", "acme/caller", "acme/b");
    assertThat(direct.exit()).as(direct.output()).isZero();
    assertThat(direct.output()).containsPattern("name .*b leads .* to " + b);
    assertThat(stack.run("why", "acme/caller", "acme/a").output())
        .containsPattern("name .*a does not resolve");
  }

  // ---- the probe

  /** Compiles the programs that look names up, one for each kind of resolver. */
  private static void buildProbe() throws IOException {
    Path sources = StackUnderTest.home().resolve("standalone/src/test/resources/names");
    Path handlers = Files.createDirectory(directory.resolve("handlers"));
    try (Stream<Path> files = Files.list(sources)) {
      for (Path file : files.toList()) {
        Files.copy(file, handlers.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.copy(StackUnderTest.sample("echo/handlers/echo.py"), handlers.resolve("echo.py"));
    String source = handlers.resolve("resolve.c").toString();
    build(List.of("gcc", "-O1", "-o", handlers.resolve("resolve-glibc").toString(), source));
    build(
        List.of(
            "musl-gcc",
            "-O1",
            "-static",
            "-o",
            handlers.resolve("resolve-musl").toString(),
            source));
    build(
        List.of(
            "env",
            "CGO_ENABLED=0",
            "GOFLAGS=-mod=mod",
            "go",
            "build",
            "-ldflags=-s -w",
            "-o",
            handlers.resolve("resolve-go").toString(),
            handlers.resolve("resolve.go").toString()));
    build(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
            "-d",
            handlers.toString(),
            handlers.resolve("Resolve.java").toString()));
  }

  private static void build(List<String> command) {
    StackUnderTest.Outcome outcome = StackUnderTest.execute(command);
    assertThat(outcome.exit()).as(command + ": " + outcome.output()).isZero();
  }

  private static List<String> java(String program) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        ".",
        program);
  }

  /**
   * a calls b by name on connections that it keeps; caller calls on a new one each time.
   *
   * @param environment of b
   */
  private static void deploy(Map<String, String> environment) throws IOException {
    StringBuilder settings = new StringBuilder();
    environment.forEach(
        (name, value) -> settings.append("      %s: \"%s\"\n".formatted(name, value)));
    String functions =
        """
        version: 1.0
        provider:
          name: openfaas
          gateway: http://127.0.0.1:8080
        functions:
          a:
            namespace: acme
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 echo.py
            environment:
              NEXT: b
              GATEWAY_URL: http://b:8080
            annotations:
              directfaas.io/calls: "b"
          b:
            namespace: acme
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 probe.py
            environment:
              OF: names
        %s  cold:
            namespace: acme
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 probe.py
          caller:
            namespace: acme
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 probe.py
            annotations:
              directfaas.io/calls: "b, cold, globex/d"
          d:
            namespace: globex
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 probe.py
            annotations:
              directfaas.io/allow-callers: "acme/caller"
          spy:
            namespace: globex
            image: local/http
            handler: ./handlers
            fprocess: /usr/bin/python3 probe.py
        """
            .formatted(settings);
    Path file = directory.resolve("stack.yml");
    Files.writeString(file, functions);
    stack.succeed("deploy", "-f", file.toString());
  }

  private static JsonNode probe(String function, Map<String, ?> order) {
    try {
      var answer = stack.call(function, JSON.writeValueAsBytes(order));
      String body = new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(answer.statusCode()).as(body).isEqualTo(200);
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What a command prints inside a function's sandbox. */
  private static String run(String function, List<String> command) {
    JsonNode done = probe(function, Map.of("run", command));
    String output = done.path("output").asString();
    assertThat(done.path("status").asInt()).as(command + ": " + output).isZero();
    return output;
  }

  private static JsonNode call(String function, String url) {
    JsonNode answer = probe(function, Map.of("call", url));
    assertThat(answer.path("error").isNull()).as(url + ": " + answer).isTrue();
    return answer;
  }

  /** A call that may be lost on its way. */
  private static JsonNode tried(String function, String url) {
    return probe(function, Map.of("call", url, "timeout", 3));
  }

  private static Map<String, String> resolve(List<String> resolver, Iterable<String> names) {
    return resolve("caller.acme", resolver, names);
  }

  private static Map<String, String> resolve(
      String function, List<String> resolver, Iterable<String> names) {
    List<String> command = new ArrayList<>(resolver);
    names.forEach(command::add);
    Map<String, String> found = new TreeMap<>();
    for (String line : run(function, command).lines().toList()) {
      String[] words = line.split(" ");
      if (words.length == 2) {
        found.put(words[0], words[1]);
      }
    }
    return found;
  }

  private static List<String> query(String arguments) {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "query.py"));
    command.addAll(List.of(arguments.split(" ")));
    return run("caller.acme", command).lines().toList();
  }

  private static void awaitName(String name, String addresses) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(resolve(GLIBC, List.of(name))).isEqualTo(Map.of(name, addresses)));
  }

  // ---- the stack

  private static void scale(String function, int replicas) {
    assertThat(
            stack
                .control(
                    "POST",
                    "/system/scale-function/" + function + "?namespace=acme",
                    "{\"replicas\":" + replicas + "}")
                .statusCode())
        .isEqualTo(202);
  }

  private static void annotateNamespace(String name, Map<String, String> annotations) {
    ObjectNode namespace = JSON.createObjectNode().put("name", name);
    ObjectNode node = namespace.putObject("annotations");
    annotations.forEach(node::put);
    var answer =
        stack.control("PUT", "/system/namespace/" + name + "?wait=30s", namespace.toString());
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
  }

  private static List<JsonNode> replicas(String namespace, String function) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode candidate : stack.status().path("functions")) {
      if (candidate.path("namespace").asString().equals(namespace)
          && candidate.path("name").asString().equals(function)) {
        candidate.path("replicas").forEach(found::add);
      }
    }
    return found;
  }

  private static JsonNode only(String namespace, String function) {
    List<JsonNode> found =
        replicas(namespace, function).stream()
            .filter(replica -> replica.path("ready").asBoolean())
            .toList();
    assertThat(found).as(namespace + "/" + function).hasSize(1);
    return found.getFirst();
  }

  /** Until it has so many ready replicas, and none that is still leaving. */
  private static void awaitReplicas(String function, int count) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(replicas("acme", function))
                    .hasSize(count)
                    .allMatch(replica -> replica.path("ready").asBoolean()));
  }

  private static void awaitAllReplaced(String function, Set<String> former) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(replicas("acme", function))
                    .isNotEmpty()
                    .allMatch(replica -> replica.path("ready").asBoolean())
                    .noneMatch(replica -> former.contains(replica.path("id").asString())));
  }

  private static boolean ready(JsonNode function) {
    for (JsonNode replica : function.path("replicas")) {
      if (!replica.path("ready").asBoolean()) {
        return false;
      }
    }
    return true;
  }

  private static Map<Long, String> resolvers() {
    Map<Long, String> found = new HashMap<>(Machine.dataPlane(stack));
    found.values().removeIf(command -> !command.startsWith("/usr/sbin/dnsmasq "));
    return found;
  }

  private static long jvmsIn(JsonNode replica) {
    String pids =
        StackUnderTest.execute(List.of("ip", "netns", "pids", replica.path("netns").asString()))
            .output();
    return pids.lines()
        .filter(pid -> Files.exists(Path.of("/proc", pid, "exe")))
        .filter(pid -> isJava(Path.of("/proc", pid, "comm")))
        .count();
  }

  private static boolean isJava(Path comm) {
    try {
      return Files.readString(comm).strip().equals("java");
    } catch (IOException e) {
      return false;
    }
  }

  /** Requests that a sidecar has taken from its function. */
  private static long requests(String adminSocket) {
    String name = "http.outbound.downstream_rq_total";
    return StackUnderTest.execute(
            List.of(
                "curl", "-s", "--unix-socket", adminSocket, "http://admin/stats?filter=" + name))
        .output()
        .lines()
        .filter(line -> line.startsWith(name + ": "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2).strip()))
        .findFirst()
        .orElseThrow();
  }

  private static long packets(String caller, String callee) {
    for (JsonNode edge : stack.get(6654, "/edges")) {
      if (edge.path("caller").asString().equals(caller)
          && edge.path("callee").asString().equals(callee)) {
        return edge.path("forward").path("packets").asLong();
      }
    }
    return 0;
  }

  private static long drops() {
    long packets = 0;
    for (JsonNode drop : stack.get(6654, "/drops")) {
      if (Set.of("undeclared", "unreachable").contains(drop.path("reason").asString())) {
        packets += drop.path("packets").asLong();
      }
    }
    return packets;
  }
}
