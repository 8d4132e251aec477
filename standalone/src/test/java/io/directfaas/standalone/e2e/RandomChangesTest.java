package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random changes of the graph, and the control plane's death among them, while calls run over edges
 * that exist throughout: through the ingress, through sidecars, by name, across tenants. None may
 * fail.
 *
 * <p>{@code -Ddirectfaas.test.changes=200 -Ddirectfaas.test.seed=7} makes so many, of that seed.
 */
class RandomChangesTest {
  private static final int CHANGES = Integer.getInteger("directfaas.test.changes", 30);
  private static final long SEED = Long.getLong("directfaas.test.seed", 1);
  private static final Duration LONG = Duration.ofSeconds(120);

  /** Steady, but light enough for the changes to get their share of a small machine. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> SCALED = List.of("b", "c", "d");
  private static final List<String> CALLED_BY_OTHERS = List.of("b", "c", "d", "z");

  @TempDir private static Path directory;
  private static StackUnderTest stack;

  private final Random random = new Random(SEED);
  private final Map<String, Integer> made = new TreeMap<>();
  private boolean mtls;
  private boolean extra;
  private int version;

  @BeforeAll
  static void start() throws IOException {
    // Each certificate is used for ten seconds, and outlives the control plane's restart. A sidecar
    // may be as slow as a busy machine makes it.
    stack =
        StackUnderTest.started(
            Map.of(
                "DIRECTFAAS_XDS_CA_LIFETIME", "5m",
                "DIRECTFAAS_XDS_CA_RENEWAFTER", "10s",
                "DIRECTFAAS_XDS_ACKWAIT", "20s"));
    deploy();
  }

  @AfterAll
  static void stop() throws IOException {
    if (stack == null) {
      return;
    }
    // To be read when a call has failed.
    Files.copy(
        stack.stateDir().resolve("log/stack.log"),
        StackUnderTest.home().resolve("standalone/target/random-changes.log"),
        StandardCopyOption.REPLACE_EXISTING);
    stack.close();
  }

  /** The edges of the first eight functions stay as they are; those of x and y come and go. */
  private static void deploy() throws IOException {
    Path handlers = Files.createDirectory(directory.resolve("handlers"));
    Files.copy(StackUnderTest.sample("echo/handlers/echo.py"), handlers.resolve("echo.py"));
    Files.copy(
        StackUnderTest.home().resolve("standalone/src/test/resources/names/probe.py"),
        handlers.resolve("probe.py"));
    StringBuilder functions =
        new StringBuilder(
            "version: 1.0\n"
                + "provider:\n"
                + "  name: openfaas\n"
                + "  gateway: http://127.0.0.1:8080\n"
                + "functions:\n");
    functions.append(function("a", "acme", "echo", "b.acme", "calls: b"));
    functions.append(function("b", "acme", "echo", "c.acme", "calls: c"));
    functions.append(function("c", "acme", "echo", "d.acme", "calls: d"));
    functions.append(function("d", "acme", "echo", "", "allow-callers: globex/g"));
    functions.append(function("e", "acme", "echo", "z.acme", "calls: z"));
    functions.append(function("z", "acme", "echo", "", ""));
    functions.append(function("n", "acme", "probe", "", "calls: d"));
    functions.append(function("m", "acme", "probe", "", "calls: z"));
    functions.append(function("g", "globex", "echo", "d.acme", "calls: acme/d"));
    functions.append(function("x", "acme", "echo", "", ""));
    functions.append(function("y", "acme", "echo", "", ""));
    Path file = directory.resolve("stack.yml");
    Files.writeString(file, functions);
    stack.succeed("deploy", "-f", file.toString());
  }

  private static String function(
      String name, String namespace, String program, String next, String annotation) {
    return """
      %s:
        namespace: %s
        image: local/http
        handler: ./handlers
        fprocess: /usr/bin/python3 %s.py
        environment:
          NEXT: "%s"
    """
            .formatted(name, namespace, program, next)
        + (annotation.isEmpty()
            ? ""
            : "    annotations:\n      directfaas.io/" + annotation + "\n");
  }

  @Test
  void noCallFailsWhateverElseChanges() throws Exception {
    long firstRevision = stack.status().path("revision").asLong();
    Set<String> certificates = new TreeSet<>();
    byte[] body = EchoChain.body(4096);
    Map<String, Load> loads = new LinkedHashMap<>();
    long started = System.nanoTime();
    try {
      loads.put("chain", Load.start(stack, EchoChain.FIRST, body, 3, PAUSE));
      loads.put("to zero", Load.start(stack, "e.acme", body, 2, PAUSE));
      loads.put("other tenant", Load.start(stack, "g.globex", body, 1, PAUSE));
      byName("n.acme", "d");
      byName("m.acme", "z");
      awaitCalls(loads);
      for (int i = 0; i < CHANGES; i++) {
        if (i == CHANGES / 2) {
          restartControlPlane(loads);
        }
        String changed = change();
        certificates.add(certificate());
        failFast(loads, i + ", " + changed);
      }
      awaitCalls(loads);
    } finally {
      loads.values().forEach(Load::close);
    }
    loads.forEach((way, load) -> assertThat(load.failures()).as(way).isEmpty());
    StringBuilder calls = new StringBuilder();
    loads.forEach((way, load) -> calls.append(way + " " + load.succeeded() + ", "));
    for (String caller : List.of("n.acme", "m.acme")) {
      JsonNode load = probe(caller, Map.of("stop", true));
      assertThat(load.path("bad")).as("by name, " + caller).isEmpty();
      calls.append("by name from %s %d, ".formatted(caller, load.path("good").asInt()));
    }
    certificates.remove("");
    System.out.printf(
        "seed %d: %d changes %s and a restart in %d s, %d revisions; calls: %s%d certificates seen"
            + " at one sidecar; none failed%n",
        SEED,
        CHANGES,
        made,
        (System.nanoTime() - started) / 1_000_000_000,
        stack.status().path("revision").asLong() - firstRevision,
        calls,
        certificates.size());
    assertThat(made.keySet())
        .as("every kind of change had its turn")
        .contains("scale", "to zero", "edges", "data path", "function", "update");
    assertThat(certificates).as("certificates were replaced meanwhile").hasSizeGreaterThan(1);
  }

  private static void awaitCalls(Map<String, Load> loads) {
    loads
        .values()
        .forEach(
            load -> {
              int now = load.succeeded();
              await().atMost(LONG).until(() -> load.succeeded() > now + 20);
            });
  }

  /** No need to go on for minutes when it is lost; says after which change it was. */
  private void failFast(Map<String, Load> loads, String change) {
    loads.forEach(
        (way, load) -> assertThat(load.failures()).as(way + ", change " + change).isEmpty());
  }

  // ---- the changes

  /** Makes one, and says which. */
  private String change() {
    Map<String, Integer> before = new TreeMap<>(made);
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> scale(SCALED.get(random.nextInt(SCALED.size())), 1 + random.nextInt(2));
      case 3, 4 -> edges(random.nextBoolean() ? "x" : "y");
      case 5, 6 -> dataPath();
      case 7 -> scale("z", 0);
      case 8 -> extraFunction();
      default -> update("c");
    }
    return made.entrySet().stream()
        .filter(e -> !e.getKey().equals("late") && !e.getValue().equals(before.get(e.getKey())))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private void count(String kind) {
    made.merge(kind, 1, Integer::sum);
  }

  private void scale(String function, int replicas) {
    count(replicas == 0 ? "to zero" : "scale");
    applied(
        "POST",
        "/system/scale-function/" + function + "?namespace=acme&wait=50s",
        "{\"serviceName\":\"" + function + "\",\"replicas\":" + replicas + "}");
  }

  /** Whom another function may call. */
  private void edges(String caller) {
    count("edges");
    List<String> callees = new ArrayList<>(CALLED_BY_OTHERS);
    callees.removeIf(callee -> random.nextBoolean());
    ObjectNode deployment = deployment(caller);
    ((ObjectNode) deployment.path("annotations"))
        .put("directfaas.io/calls", String.join(", ", callees));
    applied("PUT", "/system/functions?wait=50s", deployment.toString());
  }

  private void dataPath() {
    count("data path");
    mtls = !mtls;
    applied(
        "PUT",
        "/system/namespace/acme?wait=50s",
        "{\"name\":\"acme\",\"annotations\":{\"directfaas.io/data-path\":\"%s\"}}"
            .formatted(mtls ? "mtls" : "fabric"));
  }

  /** A function that calls and is called comes or goes. */
  private void extraFunction() {
    count("function");
    extra = !extra;
    if (extra) {
      ObjectNode deployment = deployment("y").put("service", "w");
      ((ObjectNode) deployment.path("annotations")).put("directfaas.io/calls", "b, d");
      applied("POST", "/system/functions?wait=50s", deployment.toString());
    } else {
      applied(
          "DELETE",
          "/system/functions?wait=50s",
          "{\"functionName\":\"w\",\"namespace\":\"acme\"}");
    }
  }

  /** Its replicas are replaced, one after the other. */
  private void update(String function) {
    count("update");
    ObjectNode deployment = deployment(function);
    ((ObjectNode) deployment.path("envVars")).put("VERSION", Integer.toString(++version));
    applied("PUT", "/system/functions?wait=50s", deployment.toString());
  }

  /** Dead for as long as it takes to see that calls do not mind. */
  private static void restartControlPlane(Map<String, Load> loads) {
    // Nobody can start a function then.
    await().atMost(LONG).until(() -> available("z") > 0);
    Machine.kill(stack.daemonPid());
    awaitCalls(loads);
    // Beside the calls, on a busy machine, it may take longer than it waits for itself.
    await()
        .atMost(LONG.multipliedBy(3))
        .untilAsserted(
            () -> {
              StackUnderTest.Outcome up = stack.run("up");
              assertThat(up.exit()).as("%s%n%s", up.output(), stack.logTail()).isZero();
            });
  }

  /** What is accepted, but not in force everywhere yet when the answer comes, goes on meanwhile. */
  private void applied(String method, String path, String body) {
    HttpResponse<String> answer = stack.control(method, path, body);
    if (answer.statusCode() == 504 && answer.body().contains("is accepted")) {
      made.merge("late", 1, Integer::sum);
      return;
    }
    assertThat(answer.statusCode())
        .as("%s %s %s: %s", method, path, body, answer.body())
        .isBetween(200, 299);
  }

  private static JsonNode function(String name) {
    HttpResponse<String> answer =
        stack.control("GET", "/system/function/" + name + "?namespace=acme", "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static int available(String function) {
    return function(function).path("availableReplicas").asInt();
  }

  /** What would deploy the function as it is. */
  private static ObjectNode deployment(String name) {
    JsonNode status = function(name);
    ObjectNode deployment = JSON.createObjectNode();
    deployment.put("service", name);
    deployment.put("namespace", "acme");
    for (String field : List.of("image", "envProcess", "envVars", "labels", "annotations")) {
      if (status.has(field)) {
        deployment.set(field, status.get(field));
      }
    }
    deployment.withObject("/labels").remove("faas_function");
    deployment.withObject("/annotations");
    deployment.withObject("/envVars");
    return deployment;
  }

  // ---- what is looked at

  private static void byName(String caller, String callee) {
    probe(caller, Map.of("load", "http://" + callee + ":8080/", "pause", PAUSE.toMillis() / 1e3));
  }

  private static JsonNode probe(String function, Map<String, ?> order) {
    try {
      HttpResponse<byte[]> answer = stack.call(function, JSON.writeValueAsBytes(order));
      String body = new String(answer.body(), StandardCharsets.UTF_8);
      assertThat(answer.statusCode()).as(body).isEqualTo(200);
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** The serial number of the ingress's certificate, or nothing while it needs none. */
  private static String certificate() {
    Path admin = stack.runDir().resolve("sidecars/ingress/admin.sock");
    return StackUnderTest.execute(
            List.of("curl", "-s", "--unix-socket", admin.toString(), "http://admin/certs"))
        .output()
        .lines()
        .filter(line -> line.contains("serial_number"))
        .reduce("", (one, other) -> other.strip());
  }
}
