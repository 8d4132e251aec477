package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.gateway.provider.LogLine;
import io.directfaas.graph.FunctionRef;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The requests that OpenFaaS's command line is documented and was observed to send, command by
 * command and in its order, and what it needs of the answers.
 */
class ClientCommandsTest {
  private static final String FUNCTION =
      """
      {"service":"env","image":"functions/alpine:latest","namespace":"","envProcess":"env",\
      "envVars":{},"labels":{},"annotations":{},"secrets":null,"constraints":null,"limits":null,\
      "requests":null,"readOnlyRootFilesystem":false}\
      """;

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

  private static List<String> names(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(item -> item.path("name").asString(""))
        .toList();
  }

  @Test
  void login() {
    assertThat(gateway.get("/system/functions").status()).isEqualTo(200);
    Answer wrong =
        gateway.send(
            gateway.anonymous("/system/functions").header("Authorization", "Basic eDp5").GET());
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.header("WWW-Authenticate")).isEqualTo("Basic realm=\"Restricted\"");
    // without a login it sends an empty header
    assertThat(
            gateway
                .send(gateway.anonymous("/system/functions").header("Authorization", "").GET())
                .status())
        .isEqualTo(401);
  }

  @Test
  void readyAndVersion() {
    assertThat(gateway.send(gateway.anonymous("/healthz").GET()).status()).isEqualTo(200);
    JsonNode info = gateway.get("/system/info").json();
    for (String path :
        List.of(
            "/provider/provider",
            "/provider/orchestration",
            "/provider/version/release",
            "/provider/version/sha",
            "/version/release",
            "/version/sha",
            "/arch")) {
      assertThat(info.at(path).asString("")).as(path).isNotEmpty();
    }
  }

  @Test
  void deployAsksToUpdateFirstAndCreatesWhatIsNotThere() {
    assertThat(gateway.put("/system/functions", FUNCTION).status()).isEqualTo(404);
    assertThat(gateway.post("/system/functions", FUNCTION).status()).isBetween(200, 202);
    assertThat(gateway.put("/system/functions", FUNCTION).status()).isBetween(200, 202);
    // --replace --update=false
    assertThat(gateway.delete("/system/functions", "{\"functionName\":\"env\"}").status())
        .isBetween(200, 202);
    assertThat(gateway.post("/system/functions", FUNCTION).status()).isBetween(200, 202);
  }

  @Test
  void listDescribeAndRemove() {
    gateway.post("/system/functions", FUNCTION);
    JsonNode list = gateway.get("/system/functions?namespace=").json();
    assertThat(names(list)).containsExactly("env");
    assertThat(list.get(0).get("invocationCount").isNumber()).isTrue();
    assertThat(gateway.get("/system/function/env?namespace=&usage=1").json().get("name").asString())
        .isEqualTo("env");
    assertThat(gateway.get("/system/function/nothere?usage=1").status()).isEqualTo(404);
    assertThat(
            gateway
                .delete(
                    "/system/functions?namespace=", "{\"functionName\":\"env\",\"namespace\":\"\"}")
                .status())
        .isBetween(200, 202);
    assertThat(gateway.delete("/system/functions", "{\"functionName\":\"env\"}").status())
        .isEqualTo(404);
    assertThat(names(gateway.get("/system/functions").json())).isEmpty();
  }

  @Test
  void scale() {
    gateway.post("/system/functions", FUNCTION);
    for (int replicas : new int[] {0, 3}) {
      assertThat(
              gateway
                  .post(
                      "/system/scale-function/env",
                      "{\"serviceName\":\"env\",\"replicas\":" + replicas + ",\"namespace\":\"\"}")
                  .status())
          .isBetween(200, 202);
      assertThat(gateway.get("/system/function/env").json().get("replicas").intValue())
          .isEqualTo(replicas);
    }
  }

  @Test
  void logs() {
    gateway.post("/system/functions", FUNCTION);
    Objects.requireNonNull(gateway.provider.logs)
        .lines
        .add(
            new LogLine(
                new FunctionRef("openfaas-fn", "env"),
                "env-1",
                Instant.EPOCH,
                "Forking fprocess."));
    Answer logs =
        gateway.get("/system/logs?name=env&namespace=openfaas-fn&follow=false&tail=10&instance=");
    assertThat(logs.status()).isEqualTo(200);
    assertThat(logs.header("content-type")).startsWith("application/x-ndjson");
    assertThat(logs.body()).contains("Forking fprocess.");
  }

  @Test
  void secrets() {
    String named = "{\"name\":\"key\",\"namespace\":\"openfaas-fn\"";
    assertThat(gateway.post("/system/secrets", named + ",\"value\":\"one\"}").status())
        .isBetween(200, 202);
    assertThat(gateway.post("/system/secrets", named + ",\"value\":\"one\"}").status())
        .isEqualTo(409);
    assertThat(names(gateway.get("/system/secrets?namespace=openfaas-fn").json()))
        .containsExactly("key");
    assertThat(gateway.put("/system/secrets", named + ",\"value\":\"two\"}").status())
        .isBetween(200, 202);
    assertThat(gateway.delete("/system/secrets", named + "}").status()).isIn(200, 202);
    assertThat(gateway.delete("/system/secrets", named + "}").status()).isEqualTo(404);
  }

  @Test
  void namespaces() {
    String acme =
        "{\"name\":\"acme\",\"labels\":{\"openfaas\":\"1\"},\"annotations\":{\"openfaas\":\"1\"}}";
    assertThat(gateway.post("/system/namespace/", acme).status()).isBetween(200, 202);
    assertThat(gateway.post("/system/namespace/", acme).status()).isEqualTo(409);
    JsonNode read = gateway.get("/system/namespace/acme").json();
    assertThat(read.at("/labels/openfaas").asString("")).isEqualTo("1");
    assertThat(gateway.put("/system/namespace/acme", acme.replace("\"1\"", "\"2\"")).status())
        .isBetween(200, 202);
    assertThat(gateway.get("/system/namespaces").body()).contains("acme", "openfaas-fn");
    assertThat(
            gateway
                .delete("/system/namespace/acme", "{\"name\":\"acme\",\"labels\":null}")
                .status())
        .isIn(200, 202);
    assertThat(gateway.get("/system/namespace/acme").status()).isEqualTo(404);
  }
}
