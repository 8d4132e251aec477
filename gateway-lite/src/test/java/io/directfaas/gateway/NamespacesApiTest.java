package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class NamespacesApiTest {
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
  void theDefaultNamespaceAlwaysExists() {
    assertThat(gateway.get("/system/namespaces").body()).isEqualTo("[\"openfaas-fn\"]");
    Answer delete = gateway.delete("/system/namespace/openfaas-fn", "{}");
    assertThat(delete.status()).isEqualTo(400);
    assertThat(delete.body()).isEqualTo("name: 'openfaas-fn' is the default namespace and stays\n");
  }

  @Test
  void aNamespaceIsCreatedReadUpdatedAndDeleted() {
    Answer created =
        gateway.post(
            "/system/namespace/",
            "{\"name\":\"acme\",\"labels\":{\"openfaas\":\"1\"},\"annotations\":{\"openfaas\":\"1\"}}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.revision()).isEqualTo(2);
    assertThat(gateway.get("/system/namespaces").body()).isEqualTo("[\"acme\",\"openfaas-fn\"]");
    assertThat(gateway.get("/system/namespace/acme").body())
        .isEqualTo(
            "{\"name\":\"acme\",\"labels\":{\"openfaas\":\"1\"},\"annotations\":{\"openfaas\":\"1\"}}");
    assertThat(gateway.post("/system/namespace/", "{\"name\":\"acme\"}").status()).isEqualTo(409);

    Answer updated =
        gateway.put("/system/namespace/acme", "{\"name\":\"acme\",\"labels\":{\"team\":\"a\"}}");
    assertThat(updated.status()).isEqualTo(202);
    assertThat(gateway.get("/system/namespace/acme").body())
        .isEqualTo("{\"name\":\"acme\",\"labels\":{\"team\":\"a\"},\"annotations\":{}}");

    assertThat(gateway.delete("/system/namespace/acme", "{\"name\":\"acme\"}").status())
        .isEqualTo(202);
    assertThat(gateway.get("/system/namespace/acme").status()).isEqualTo(404);
    assertThat(gateway.put("/system/namespace/acme", "{}").status()).isEqualTo(404);
    assertThat(gateway.delete("/system/namespace/acme", "{}").status()).isEqualTo(404);
    assertThat(gateway.get("/system/graph").body()).doesNotContain("acme");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|name: is missing",
        "{\"name\":\"A\"}|name: 'A' is not a DNS label (lower-case letters, digits and '-', at most"
            + " 63)",
        "{\"name\":\"directfaas-system\"}|name: 'directfaas-system' is reserved",
        "{\"name\":\"a\",\"labels\":{\"x\":\"!\"}}|labels[\"x\"]: the value must be at most 63"
            + " letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
        "{\"name\":\"a\",\"annotations\":{\"directfaas.io/policy\":\"all\"}}|annotations[\"directfaas.io/policy\"]:"
            + " 'all' is neither edges nor tenant",
        "{\"name\":\"a\",\"annotations\":{\"directfaas.io/data-path\":\"wire\"}}|annotations[\"directfaas.io/data-path\"]:"
            + " 'wire' is neither fabric nor mtls",
      })
  void aBadNamespaceIsRefused(String body, String expected) {
    Answer answer = gateway.post("/system/namespace/", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(expected + "\n");
  }

  @Test
  void pathAndBodyMustNotDisagree() {
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    Answer answer = gateway.put("/system/namespace/acme", "{\"name\":\"globex\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo("name: the path says 'acme', the body says 'globex'\n");
  }

  @Test
  void thePolicyOfATenantMakesAndRemovesEdges() {
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    for (String name : new String[] {"a", "b"}) {
      gateway.deploy(
          "{\"service\":\""
              + name
              + "\",\"image\":\"i\",\"namespace\":\"acme\","
              + "\"annotations\":{\"directfaas.io/public\":\"false\"}}");
    }
    assertThat(edgesOf("acme")).isEmpty();
    gateway.put(
        "/system/namespace/acme", "{\"annotations\":{\"directfaas.io/policy\":\"tenant\"}}");
    assertThat(edgesOf("acme")).hasSize(2);
    gateway.put("/system/namespace/acme", "{}");
    assertThat(edgesOf("acme")).isEmpty();
  }

  @Test
  void deletingANamespaceTakesItsFunctionsAndSecretsAlong() throws Exception {
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    gateway.post("/system/secrets", "{\"name\":\"s\",\"namespace\":\"acme\",\"value\":\"hidden\"}");
    gateway.deploy("{\"service\":\"idle\",\"image\":\"i\",\"namespace\":\"acme\"}");
    gateway.deploy("{\"service\":\"busy\",\"image\":\"i\",\"namespace\":\"acme\"}");
    await().until(() -> gateway.provider.desired.size() == 2);
    gateway.provider.report("acme/busy", 3, ReplicaState.READY).toCompletableFuture().get();
    int tenantId = tenantId();

    assertThat(gateway.delete("/system/namespace/acme", "{}").status()).isEqualTo(202);
    await().until(gateway.provider.desired::isEmpty);
    assertThat(gateway.get("/system/functions?namespace=acme").status()).isEqualTo(400);
    assertThat(
            gateway
                .deploy("{\"service\":\"late\",\"image\":\"i\",\"namespace\":\"acme\"}")
                .status())
        .isEqualTo(400);
    assertThat(edgesOf("acme")).isEmpty();

    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    assertThat(tenantId()).isEqualTo(tenantId);
    assertThat(gateway.get("/system/functions?namespace=acme").body()).isEqualTo("[]");
    assertThat(gateway.get("/system/secrets?namespace=acme").body()).isEqualTo("[]");
    gateway.delete("/system/namespace/acme", "{}");
    gateway.provider.gone("acme/busy", 3).toCompletableFuture().get();
    assertThat(gateway.get("/system/graph").body()).doesNotContain("acme");
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    assertThat(tenantId()).isEqualTo(tenantId + 1);
    assertThat(gateway.provider.desired).doesNotContainKey(new FunctionRef("acme", "busy"));
  }

  private int tenantId() {
    for (JsonNode tenant : gateway.get("/system/graph?namespace=acme").json().get("tenants")) {
      return tenant.get("id").intValue();
    }
    throw new AssertionError("no tenant acme");
  }

  private JsonNode edgesOf(String namespace) {
    return gateway.get("/system/graph?namespace=" + namespace).json().get("edges");
  }
}
