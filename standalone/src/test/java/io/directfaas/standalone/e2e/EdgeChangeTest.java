package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Changes of the graph while calls run. */
class EdgeChangeTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static StackUnderTest stack;

  @BeforeAll
  static void start() {
    stack = StackUnderTest.started();
    EchoChain.deploy(stack);
    stack.succeed("deploy", "-f", StackUnderTest.sample("spy/stack.yml").toString());
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void anEdgeAcrossTenantsComesAndGoesWithoutDisturbingOtherCalls() throws Exception {
    try (Load load = Load.start(stack, EchoChain.FIRST, EchoChain.body(4096), 4)) {
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > 20);
      assertThat(spyCalls("d.acme")).isEqualTo(403);

      annotate("acme", "d", Map.of("directfaas.io/allow-callers", "globex/spy"));
      annotate("globex", "spy", Map.of("directfaas.io/calls", "acme/d"));
      awaitRollout("globex", "spy");

      assertThat(spyCalls("d.acme")).isEqualTo(200);

      annotate("globex", "spy", Map.of());
      awaitRollout("globex", "spy");

      assertThat(spyCalls("d.acme")).isEqualTo(403);
      int now = load.succeeded();
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > now + 50);
      load.close();
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  void anUpdateAndScalingReplaceReplicasWithoutAFailedCall() throws Exception {
    try (Load load = Load.start(stack, EchoChain.FIRST, EchoChain.body(4096), 4)) {
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > 20);

      scale("c", 3);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> function("acme", "c").path("availableReplicas").asInt() == 3);
      environment("acme", "c", Map.of("NEXT", "d.acme", "VERSION", "2"));
      awaitRollout("acme", "c");
      scale("c", 1);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> function("acme", "c").path("availableReplicas").asInt() == 1);
      int now = load.succeeded();
      await().atMost(Duration.ofSeconds(30)).until(() -> load.succeeded() > now + 50);

      load.close();
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  void aFunctionThatIsRemovedIsNotFoundAndCanBeDeployedAgain() throws Exception {
    HttpResponse<String> removed =
        stack.control(
            "DELETE",
            "/system/functions?namespace=acme",
            "{\"functionName\":\"gone\",\"namespace\":\"acme\"}");
    assertThat(removed.statusCode()).isEqualTo(404);
    ObjectNode deployment = deployment("acme", "d");
    deployment.put("service", "extra");
    deployment.remove("labels");
    assertThat(send("POST", deployment).statusCode()).isEqualTo(202);
    awaitRollout("acme", "extra");
    assertThat(stack.call("extra.acme", EchoChain.body(10)).statusCode()).isEqualTo(200);

    assertThat(
            stack
                .control(
                    "DELETE",
                    "/system/functions?wait=30s",
                    "{\"functionName\":\"extra\",\"namespace\":\"acme\"}")
                .statusCode())
        .isEqualTo(202);

    assertThat(stack.call("extra.acme", EchoChain.body(10)).statusCode()).isEqualTo(404);
    assertThat(send("POST", deployment).statusCode()).isEqualTo(202);
    awaitRollout("acme", "extra");
    assertThat(stack.call("extra.acme", EchoChain.body(10)).statusCode()).isEqualTo(200);
  }

  @Test
  void aTenantThatIsDeletedIsRevokedWhenItsDeletionIsAnswered() throws Exception {
    assertThat(stack.control("POST", "/system/namespace/", "{\"name\":\"initech\"}").statusCode())
        .isEqualTo(201);
    ObjectNode deployment = deployment("acme", "d");
    deployment.put("namespace", "initech");
    deployment.remove("labels");
    ((ObjectNode) deployment.path("annotations"))
        .put("directfaas.io/allow-callers", "globex/informer");
    send("POST", deployment);
    awaitRollout("initech", "d");
    ObjectNode informer = deployment("globex", "spy");
    informer.put("service", "informer");
    informer.remove("labels");
    ((ObjectNode) informer.path("annotations")).put("directfaas.io/calls", "initech/d");
    send("POST", informer);
    awaitRollout("globex", "informer");
    assertThat(calls("informer", "d.initech")).isEqualTo(200);
    assertThat(stack.call("d.initech", EchoChain.body(10)).statusCode()).isEqualTo(200);

    HttpResponse<String> deleted =
        stack.control("DELETE", "/system/namespace/initech?wait=60s", "{}");

    assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(202);
    assertThat(stack.call("d.initech", EchoChain.body(10)).statusCode()).isEqualTo(404);
    assertThat(calls("informer", "d.initech")).isEqualTo(403);
    assertThat(graph().path("edges").toString()).doesNotContain("initech");
    // Its replicas end in peace, and the tenant with the last of them.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(graph().toString()).doesNotContain("initech"));
    assertThat(
            JSON.readTree(
                    stack
                        .control(
                            "GET",
                            "/system/revisions/"
                                + deleted.headers().firstValue("X-Graph-Revision").orElseThrow(),
                            "")
                        .body())
                .path("retired")
                .asBoolean())
        .isTrue();
  }

  // ---- the control API as a client uses it ----

  private static int spyCalls(String function) throws Exception {
    return calls("spy", function);
  }

  /** The status that a function of the kind of spy is answered with when it calls another. */
  private static int calls(String spy, String function) throws Exception {
    HttpResponse<byte[]> answer =
        stack.call(
            spy + ".globex",
            JSON.writeValueAsBytes(
                Map.of(
                    "method",
                    "POST",
                    "url",
                    "http://gateway:8080/function/" + function,
                    "body",
                    "hello")));
    assertThat(answer.statusCode()).isEqualTo(200);
    return JSON.readTree(answer.body()).path("status").asInt();
  }

  private static JsonNode graph() {
    return JSON.readTree(stack.control("GET", "/system/graph", "").body());
  }

  private static JsonNode function(String namespace, String name) {
    HttpResponse<String> answer =
        stack.control("GET", "/system/function/" + name + "?namespace=" + namespace, "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  /** What would deploy the function as it is. */
  private static ObjectNode deployment(String namespace, String name) {
    ObjectNode status = (ObjectNode) function(namespace, name);
    ObjectNode deployment = JSON.createObjectNode();
    deployment.put("service", name);
    deployment.put("namespace", namespace);
    for (String field : List.of("image", "envProcess", "envVars", "labels", "annotations")) {
      if (status.has(field)) {
        deployment.set(field, status.get(field));
      }
    }
    return deployment;
  }

  private static HttpResponse<String> send(String method, ObjectNode deployment) {
    HttpResponse<String> answer =
        stack.control(method, "/system/functions?wait=30s", deployment.toString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return answer;
  }

  /** Replaces the function's edges; what carries its code stays. */
  private static void annotate(String namespace, String name, Map<String, String> edges) {
    ObjectNode deployment = deployment(namespace, name);
    ObjectNode annotations = (ObjectNode) deployment.path("annotations");
    annotations.remove(List.of("directfaas.io/calls", "directfaas.io/allow-callers"));
    edges.forEach(annotations::put);
    send("PUT", deployment);
  }

  private static void environment(String namespace, String name, Map<String, String> values) {
    ObjectNode deployment = deployment(namespace, name);
    ObjectNode environment = deployment.putObject("envVars");
    new LinkedHashMap<>(values).forEach(environment::put);
    send("PUT", deployment);
  }

  private static void scale(String name, int replicas) {
    HttpResponse<String> answer =
        stack.control(
            "POST",
            "/system/scale-function/" + name + "?namespace=acme",
            "{\"serviceName\":\"" + name + "\",\"replicas\":" + replicas + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  /** Until what runs is what was deployed last, and nothing of what ran before is left. */
  private static void awaitRollout(String namespace, String name) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              JsonNode graph =
                  JSON.readTree(
                      stack.control("GET", "/system/graph?namespace=" + namespace, "").body());
              JsonNode status = function(namespace, name);
              for (JsonNode candidate : graph.path("functions")) {
                if (candidate.path("name").asString().equals(name)) {
                  int ready = 0;
                  for (JsonNode replica : candidate.path("replicas")) {
                    ready += replica.path("ready").asBoolean() ? 1 : 0;
                  }
                  return ready == candidate.path("replicas").size()
                      && ready == status.path("replicas").asInt();
                }
              }
              return false;
            });
  }
}
