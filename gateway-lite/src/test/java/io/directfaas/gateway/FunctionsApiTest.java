package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class FunctionsApiTest {
  private static final String F = "{\"service\":\"f\",\"image\":\"local/http\"}";

  @TempDir Path stateDir;
  private Gateway gateway;

  @BeforeEach
  void start() {
    gateway = Gateway.start(stateDir);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void aDeployedFunctionIsListedDescribedAndDesired() {
    Answer answer = gateway.deploy(F);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.revision()).isGreaterThan(1);

    JsonNode list = gateway.get("/system/functions").json();
    assertThat(list).hasSize(1);
    assertThat(list.get(0).get("name").stringValue()).isEqualTo("f");
    assertThat(gateway.get("/system/functions?namespace=openfaas-fn").json()).hasSize(1);
    assertThat(gateway.get("/system/function/f").status()).isEqualTo(200);
    assertThat(gateway.get("/system/function/f?namespace=openfaas-fn&usage=1").status())
        .isEqualTo(200);
    assertThat(gateway.get("/system/function/f.openfaas-fn").status()).isEqualTo(200);
    FunctionRef ref = new FunctionRef("openfaas-fn", "f");
    await().until(() -> gateway.provider.desired.containsKey(ref));
    assertThat(gateway.provider.wish(ref).replicas()).isEqualTo(1);
  }

  @Test
  void usageIsSaidWhereAskedForAndKnown() {
    gateway.deploy(F);
    assertThat(gateway.get("/system/function/f?usage=1").json().has("usage")).isFalse();
    gateway.provider.usage = new Usage(123.4, OptionalDouble.empty(), 5_000_000);
    assertThat(gateway.get("/system/function/f?usage=1").json().get("usage").toString())
        .isEqualTo("{\"cpu\":123,\"totalMemoryBytes\":5000000}");
    assertThat(gateway.get("/system/function/f?usage=true").json().has("usage")).isTrue();
    assertThat(gateway.get("/system/function/f?usage=0").json().has("usage")).isFalse();
    assertThat(gateway.get("/system/function/f").json().has("usage")).isFalse();
  }

  @Test
  void theListFollowsEveryChange() {
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    gateway.deploy("{\"service\":\"b\",\"image\":\"i\",\"namespace\":\"acme\"}");
    assertTheListIsAllStatuses("acme", "b");
    gateway.deploy("{\"service\":\"a\",\"image\":\"i\",\"namespace\":\"acme\"}");
    assertTheListIsAllStatuses("acme", "a", "b");
    gateway.post("/system/scale-function/b?namespace=acme", "{\"replicas\":3}");
    assertTheListIsAllStatuses("acme", "a", "b");
    gateway.put("/system/functions", "{\"service\":\"a\",\"image\":\"j\",\"namespace\":\"acme\"}");
    assertTheListIsAllStatuses("acme", "a", "b");
    gateway.delete("/system/functions", "{\"functionName\":\"a\",\"namespace\":\"acme\"}");
    assertTheListIsAllStatuses("acme", "b");
    assertTheListIsAllStatuses("openfaas-fn");
  }

  private void assertTheListIsAllStatuses(String namespace, String... names) {
    JsonNode list = gateway.get("/system/functions?namespace=" + namespace).json();
    assertThat(list).hasSize(names.length);
    for (int i = 0; i < names.length; i++) {
      assertThat(list.get(i))
          .isEqualTo(
              gateway.get("/system/function/" + names[i] + "?namespace=" + namespace).json());
    }
  }

  @Test
  void anEmptyListIsAnArray() {
    Answer answer = gateway.get("/system/functions");
    assertThat(answer.body()).isEqualTo("[]");
    assertThat(answer.header("content-type")).isEqualTo("application/json");
  }

  @Test
  void whatWasLeftOutStaysOut() {
    gateway.deploy(
        """
        {"service":"f","image":"i","labels":{},"annotations":{},"envVars":{},"secrets":[],
         "limits":null,"network":"ignored","registryAuth":"ignored"}\
        """);
    JsonNode status = gateway.get("/system/function/f").json();
    assertThat(status.propertyNames())
        .containsExactlyInAnyOrder(
            "name",
            "image",
            "namespace",
            "labels",
            "annotations",
            "invocationCount",
            "replicas",
            "availableReplicas",
            "createdAt");
    assertThat(status.get("invocationCount").longValue()).isZero();
    assertThat(status.get("labels").toString()).isEqualTo("{\"faas_function\":\"f\"}");
    assertThat(status.get("annotations").toString()).isEqualTo("{}");
    assertThat(status.get("createdAt").stringValue())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  }

  @Test
  void whatWasSentComesBackVerbatimAlsoAfterARestart() {
    gateway.post("/system/secrets", "{\"name\":\"zeta\",\"value\":\"v\"}");
    gateway.post("/system/secrets", "{\"name\":\"alpha\",\"value\":\"v\"}");
    gateway.deploy(
        """
        {"service":"f","image":"ghcr.io/x/y:1","namespace":"openfaas-fn","envProcess":"cat -",
         "envVars":{"Z":"1","A":"two words","EMPTY":""},
         "constraints":["b == c","a != b"],"secrets":["zeta","alpha"],
         "labels":{"app":"demo","com.openfaas.scale.min":"2"},
         "annotations":{"topic":"x,y","directfaas.io/calls":"g"},
         "limits":{"memory":"5Mi","cpu":"100m"},"requests":{"memory":"1Mi"},
         "readOnlyRootFilesystem":true}\
        """);
    String before = gateway.get("/system/function/f").body();
    JsonNode status = gateway.get("/system/function/f").json();
    assertThat(status.get("envVars").toString())
        .isEqualTo("{\"Z\":\"1\",\"A\":\"two words\",\"EMPTY\":\"\"}");
    assertThat(status.get("constraints").toString()).isEqualTo("[\"b == c\",\"a != b\"]");
    assertThat(status.get("secrets").toString()).isEqualTo("[\"zeta\",\"alpha\"]");
    assertThat(status.get("labels").toString())
        .isEqualTo("{\"app\":\"demo\",\"com.openfaas.scale.min\":\"2\",\"faas_function\":\"f\"}");
    assertThat(status.get("limits").toString()).isEqualTo("{\"memory\":\"5Mi\",\"cpu\":\"100m\"}");
    assertThat(status.get("requests").toString()).isEqualTo("{\"memory\":\"1Mi\"}");
    assertThat(status.get("readOnlyRootFilesystem").booleanValue()).isTrue();
    assertThat(status.get("replicas").intValue()).isEqualTo(2);

    gateway.close();
    gateway = Gateway.start(stateDir);
    assertThat(gateway.get("/system/function/f").body()).isEqualTo(before);
  }

  @Test
  void updatingAnAbsentFunctionIs404SoThatClientsPostInstead() {
    assertThat(gateway.put("/system/functions", F).status()).isEqualTo(404);
    assertThat(gateway.deploy(F).status()).isEqualTo(202);
    assertThat(gateway.put("/system/functions", F).status()).isEqualTo(202);
  }

  @Test
  void deployingWhatExistsIsAConflict() {
    gateway.deploy(F);
    Answer again = gateway.deploy(F);
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body())
        .isEqualTo(
            "service: function openfaas-fn/f exists already; PUT the deployment to update it\n");
  }

  @Test
  void anUpdateStartsANewGenerationAndTheSameDeploymentDoesNot() {
    FunctionRef ref = new FunctionRef("openfaas-fn", "f");
    gateway.deploy(F);
    await().until(() -> gateway.provider.desired.containsKey(ref));
    long first = gateway.provider.wish(ref).generation();
    gateway.put("/system/functions", F);
    gateway.put("/system/functions", "{\"service\":\"f\",\"image\":\"other\"}");
    await().until(() -> gateway.provider.wish(ref).spec().image().equals("other"));
    assertThat(gateway.provider.wish(ref).generation()).isEqualTo(first + 1);
    assertThat(gateway.provider.calls)
        .containsExactly("start", "apply openfaas-fn/f", "apply openfaas-fn/f");
  }

  @Test
  void scalingChangesWhatIsDesiredButNotTheGraph() {
    FunctionRef ref = new FunctionRef("openfaas-fn", "f");
    long deployed = gateway.deploy(F).revision();
    Answer scaled =
        gateway.post(
            "/system/scale-function/f",
            "{\"serviceName\":\"f\",\"replicas\":0,\"namespace\":\"openfaas-fn\"}");
    assertThat(scaled.status()).isEqualTo(202);
    assertThat(scaled.revision()).isEqualTo(deployed);
    await().until(() -> gateway.provider.wish(ref).replicas() == 0);
    assertThat(gateway.get("/system/function/f").json().get("replicas").intValue()).isZero();
    gateway.post("/system/scale-function/f?namespace=openfaas-fn", "{\"replicas\":7}");
    await().until(() -> gateway.provider.wish(ref).replicas() == 7);
    assertThat(gateway.post("/system/scale-function/g", "{\"replicas\":1}").status())
        .isEqualTo(404);
  }

  @Test
  void howCallsAreMadeIsInTheGraph() {
    gateway.deploy(
        """
        {"service":"said","image":"i","annotations":{"directfaas.io/timeout":"90s"}}\
        """);
    gateway.deploy(
        """
        {"service":"sayer","image":"i","annotations":{"directfaas.io/calls":"said",\
        "directfaas.io/calls-retries":"said=2"}}\
        """);
    JsonNode graph = gateway.get("/system/graph?namespace=openfaas-fn").json();
    assertThat(graph.get("functions"))
        .filteredOn(function -> function.get("name").asString().equals("said"))
        .singleElement()
        .satisfies(
            function -> assertThat(function.get("policy").asString()).isEqualTo("timeout=90s"));
    assertThat(graph.get("edges"))
        .filteredOn(edge -> edge.get("caller").asString().equals("openfaas-fn/sayer"))
        .singleElement()
        .satisfies(edge -> assertThat(edge.get("policy").asString()).isEqualTo("retries=2"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/system/functions?namespace=openfaas-fn|{\"functionName\":\"f\"}",
        "/system/functions|{\"functionName\":\"f\",\"namespace\":\"openfaas-fn\"}",
        "/system/functions|{\"functionName\":\"f\"}",
      })
  void deletingTakesTheNamespaceFromQueryOrBody(String path, String body) {
    gateway.deploy(F);
    assertThat(gateway.delete(path, body).status()).isEqualTo(202);
    assertThat(gateway.get("/system/function/f").status()).isEqualTo(404);
    assertThat(gateway.get("/system/functions").body()).isEqualTo("[]");
    assertThat(gateway.delete(path, body).status()).isEqualTo(404);
    assertThat(gateway.get("/system/graph").body()).doesNotContain("\"f\"");
  }

  @Test
  void theGraphSaysWhyAFunctionDoesNotRun() throws Exception {
    gateway.deploy(F);
    gateway.deploy(F.replace("\"f\"", "\"g\""));
    gateway.provider.problems.put(
        new FunctionRef("openfaas-fn", "f"), "ended with status 1: no such file");

    JsonNode functions = gateway.get("/system/graph?namespace=openfaas-fn").json().get("functions");

    assertThat(functions.get(0).get("problem").stringValue())
        .isEqualTo("ended with status 1: no such file");
    assertThat(functions.get(1).path("problem").isString()).isFalse();
  }

  @Test
  void aDeletedFunctionStaysInTheGraphUntilItsLastReplicaIsGone() throws Exception {
    gateway.deploy(F);
    await().until(() -> gateway.provider.desired.size() == 1);
    gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
    assertThat(gateway.get("/system/function/f").json().get("availableReplicas").intValue())
        .isEqualTo(1);

    gateway.delete("/system/functions", "{\"functionName\":\"f\"}");
    assertThat(gateway.get("/system/function/f").status()).isEqualTo(404);
    JsonNode graph = gateway.get("/system/graph?namespace=openfaas-fn").json();
    assertThat(graph.get("functions")).hasSize(1);
    assertThat(graph.get("edges")).isEmpty();
    await().until(() -> gateway.provider.desired.isEmpty());

    gateway.provider.report("f", 3, ReplicaState.DRAINING).toCompletableFuture().get();
    assertThat(gateway.get("/system/graph").json().findValue("state").stringValue())
        .isEqualTo("draining");
    gateway.provider.gone("f", 3).toCompletableFuture().get();
    assertThat(gateway.get("/system/graph?namespace=openfaas-fn").json().get("functions"))
        .isEmpty();
  }

  @Test
  void aFunctionComesBackWhileItsOldReplicasDrain() throws Exception {
    gateway.deploy(F);
    FunctionRef ref = new FunctionRef("openfaas-fn", "f");
    await().until(() -> gateway.provider.desired.containsKey(ref));
    long oldGeneration = gateway.provider.wish(ref).generation();
    gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
    int id = functionId();

    gateway.delete("/system/functions", "{\"functionName\":\"f\"}");
    assertThat(gateway.deploy(F).status()).isEqualTo(202);
    assertThat(functionId()).isEqualTo(id);
    assertThat(gateway.get("/system/graph?namespace=openfaas-fn").json().get("edges")).hasSize(1);
    await().until(() -> gateway.provider.desired.containsKey(ref));
    assertThat(gateway.provider.wish(ref).generation()).isGreaterThan(oldGeneration);
    assertThat(gateway.provider.calls)
        .endsWith("apply openfaas-fn/f", "remove openfaas-fn/f", "apply openfaas-fn/f");

    gateway.provider.gone("f", 3).toCompletableFuture().get();
    assertThat(gateway.get("/system/function/f").status()).isEqualTo(200);
  }

  @Test
  void aNewReplicaOfADeletedFunctionIsRefused() throws Exception {
    gateway.deploy(F);
    await().until(() -> gateway.provider.desired.size() == 1);
    gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
    gateway.delete("/system/functions", "{\"functionName\":\"f\"}");
    assertThat(gateway.provider.report("f", 4, ReplicaState.STARTING).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(gateway.provider.report("nobody", 5, ReplicaState.READY).toCompletableFuture())
        .isCompletedExceptionally();
  }

  @Test
  void anIdIsNotGivenAgainWhenItsFunctionIsGone() {
    gateway.deploy(F);
    int first = functionId();
    gateway.delete("/system/functions", "{\"functionName\":\"f\"}");
    gateway.deploy(F);
    assertThat(functionId()).isEqualTo(first + 1);
  }

  @Test
  void edgesFollowTheAnnotations() {
    gateway.deploy(
        """
        {"service":"a","image":"i","annotations":{"directfaas.io/calls":"b"}}\
        """);
    assertThat(edges()).isEqualTo("ingress>a");
    gateway.deploy(
        """
        {"service":"b","image":"i","annotations":{"directfaas.io/public":"false"}}\
        """);
    assertThat(edges()).isEqualTo("ingress>a a>b");
    gateway.put("/system/functions", "{\"service\":\"a\",\"image\":\"i\"}");
    assertThat(edges()).isEqualTo("ingress>a");
  }

  private String edges() {
    StringBuilder text = new StringBuilder();
    for (JsonNode edge : gateway.get("/system/graph").json().get("edges")) {
      text.append(' ')
          .append(shortName(edge.get("caller")))
          .append('>')
          .append(shortName(edge.get("callee")));
    }
    return text.toString().strip();
  }

  private static String shortName(JsonNode ref) {
    return ref.stringValue().substring(ref.stringValue().indexOf('/') + 1);
  }

  private int functionId() {
    return gateway
        .get("/system/graph?namespace=openfaas-fn")
        .json()
        .get("functions")
        .get(0)
        .get("id")
        .intValue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~|body: is empty; expected a JSON object",
        "[]|body: expected a JSON object",
        "nonsense|body: is not valid JSON",
        "{\"service\":\"f\"} x|body: is not valid JSON",
        "{}|service: is missing; image: is missing",
        "{\"service\":\"f\"}|image: is missing",
        "{\"service\":7,\"image\":\"i\"}|service: expected a string, found a number",
        "{\"service\":\"F\",\"image\":\"i\"}|service: 'F' is not a DNS label",
        "{\"service\":\"f\",\"image\":\"i\",\"namespace\":\"nowhere\"}|namespace: there is no"
            + " namespace 'nowhere'",
        "{\"service\":\"f\",\"image\":\"i\",\"namespace\":\"directfaas-system\"}|namespace:"
            + " 'directfaas-system' is reserved",
        "{\"service\":\"f\",\"image\":\"i\",\"secrets\":[\"x\"]}|secrets[0]: there is no secret"
            + " 'x'",
        "{\"service\":\"f\",\"image\":\"i\",\"envVars\":{\"A\":1}}|envVars[\"A\"]: expected a"
            + " string, found a number",
        "{\"service\":\"f\",\"image\":\"i\",\"envVars\":{\"A=B\":\"\"}}|envVars[\"A=B\"]: the name"
            + " must be",
        "{\"service\":\"f\",\"image\":\"i\",\"labels\":[]}|labels: expected an object of strings,"
            + " found an array",
        "{\"service\":\"f\",\"image\":\"i\",\"labels\":{\"-\":\"x\"}}|labels[\"-\"]: the key must"
            + " be",
        "{\"service\":\"f\",\"image\":\"i\",\"labels\":{\"faas_function\":\"x\"}}|labels[\"faas_function\"]:"
            + " is always",
        "{\"service\":\"f\",\"image\":\"i\",\"labels\":{\"com.openfaas.scale.min\":\"x\"}}|labels[\"com.openfaas.scale.min\"]:"
            + " 'x' is not an integer",
        "{\"service\":\"f\",\"image\":\"i\",\"labels\":{\"com.openfaas.scale.min\":\"3\",\"com.openfaas.scale.max\":\"2\"}}|labels[\"com.openfaas.scale.min\"]:"
            + " 3 is more than",
        "{\"service\":\"f\",\"image\":\"i\",\"annotations\":{\"directfaas.io/calls\":\"B\"}}|annotations[\"directfaas.io/calls\"]:"
            + " 'B' is not a function",
        "{\"service\":\"f\",\"image\":\"i\",\"annotations\":{\"directfaas.io/cals\":\"b\"}}|annotations[\"directfaas.io/cals\"]:"
            + " is not an annotation",
        "{\"service\":\"f\",\"image\":\"i\",\"annotations\":{\"directfaas.io/timeout\":\"soon\"}}|annotations[\"directfaas.io/timeout\"]:"
            + " 'soon' on function openfaas-fn/f is no duration",
        "{\"service\":\"f\",\"image\":\"i\",\"annotations\":{\"directfaas.io/code\":\"b\"}}|annotations[\"directfaas.io/code\"]:"
            + " is not a SHA-256",
        "{\"service\":\"f\",\"image\":\"i\",\"limits\":{\"memory\":\"much\"}}|limits.memory: 'much'"
            + " is not a quantity",
        "{\"service\":\"f\",\"image\":\"i\",\"limits\":{\"cpu\":1}}|limits.cpu: expected a string,"
            + " found a number",
        "{\"service\":\"f\",\"image\":\"i\",\"readOnlyRootFilesystem\":\"yes\"}|readOnlyRootFilesystem:"
            + " expected true or false, found a string",
        "{\"service\":\"f\",\"image\":\"refused\"}|image: cannot run here",
      })
  void aBadDeploymentIsRefusedWithALineThatNamesTheField(String body, String expected) {
    for (String method : new String[] {"POST", "PUT"}) {
      Answer answer = gateway.send(method, "/system/functions", body);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).startsWith(expected).endsWith("\n");
      assertThat(answer.body().strip()).hasLineCount(1);
      assertThat(answer.header("content-type")).startsWith("text/plain");
    }
    assertThat(gateway.get("/system/functions").body()).isEqualTo("[]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"replicas\":-1}|replicas: -1 is not between 0 and 1000",
        "{\"replicas\":1001}|replicas: 1001 is not between 0 and 1000",
        "{\"replicas\":1.5}|replicas: expected an integer, found a number",
        "{\"replicas\":99999999999999999999}|replicas: expected an integer, found a number",
        "{\"replicas\":\"1\"}|replicas: expected an integer, found a string",
        "{}|replicas: is missing",
        "{\"replicas\":1,\"serviceName\":\"g\"}|serviceName: the path says 'f', the body says 'g'",
        "{\"replicas\":1,\"namespace\":\"!\"}|namespace: '!' is not a DNS label",
      })
  void aBadScaleIsRefused(String body, String expected) {
    gateway.deploy(F);
    Answer answer = gateway.post("/system/scale-function/f", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(expected + "\n");
  }

  @Test
  void queryAndBodyMustNotDisagree() {
    Answer answer =
        gateway.post(
            "/system/functions?namespace=acme",
            "{\"service\":\"f\",\"image\":\"i\",\"namespace\":\"openfaas-fn\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo("namespace: the query says 'acme', the body says 'openfaas-fn'\n");
  }

  @Test
  void listingAnUnknownNamespaceIsRefused() {
    assertThat(gateway.get("/system/functions?namespace=nowhere").status()).isEqualTo(400);
    assertThat(gateway.get("/system/functions?namespace=directfaas-system").status())
        .isEqualTo(400);
    assertThat(gateway.get("/system/function/f?namespace=nowhere").status()).isEqualTo(404);
  }

  @Test
  void aBodyThatIsTooLongIsRefused() {
    Answer answer = gateway.send("POST", "/system/functions", new byte[3 * 1024 * 1024]);
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body()).isEqualTo("body: is longer than 2097152 bytes\n");
  }

  @Test
  void aFormContentTypeDoesNotMatter() {
    Answer answer =
        gateway.send(
            gateway
                .authorized("/system/functions")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(F)));
    assertThat(answer.status()).isEqualTo(202);
  }
}
