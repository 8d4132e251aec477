package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.gateway.secret.SecretStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsApiTest {
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
  void aSecretIsWrittenAndNeverShown() {
    assertThat(gateway.get("/system/secrets").body()).isEqualTo("[]");
    assertThat(gateway.post("/system/secrets", "{\"name\":\"s\",\"value\":\"hidden\"}").status())
        .isEqualTo(202);
    assertThat(gateway.get("/system/secrets").body())
        .isEqualTo("[{\"name\":\"s\",\"namespace\":\"openfaas-fn\"}]");
    assertThat(gateway.post("/system/secrets", "{\"name\":\"s\",\"value\":\"x\"}").status())
        .isEqualTo(409);
    assertThat(value("s")).isEqualTo("hidden");
    assertThat(gateway.put("/system/secrets", "{\"name\":\"s\",\"rawValue\":\"bmV3\"}").status())
        .isEqualTo(202);
    assertThat(value("s")).isEqualTo("new");
    assertThat(gateway.delete("/system/secrets", "{\"name\":\"s\"}").status()).isEqualTo(202);
    assertThat(gateway.delete("/system/secrets", "{\"name\":\"s\"}").status()).isEqualTo(404);
    assertThat(gateway.put("/system/secrets", "{\"name\":\"s\",\"value\":\"x\"}").status())
        .isEqualTo(404);
  }

  @Test
  void secretsOfNamespacesAreApartAndSurviveARestart() {
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    gateway.post("/system/secrets", "{\"name\":\"s\",\"value\":\"ours\"}");
    gateway.post("/system/secrets", "{\"name\":\"s\",\"namespace\":\"acme\",\"value\":\"acmes\"}");
    gateway.close();
    gateway = Gateway.start(stateDir);
    assertThat(value("s")).isEqualTo("ours");
    assertThat(gateway.get("/system/secrets?namespace=acme").body())
        .isEqualTo("[{\"name\":\"s\",\"namespace\":\"acme\"}]");
  }

  @Test
  void aDeletedValueIsNotLeftOnDisk() throws IOException {
    gateway.post("/system/secrets", "{\"name\":\"s\",\"value\":\"very-recognisable\"}");
    gateway.delete("/system/secrets", "{\"name\":\"s\"}");
    gateway.close();
    try (Stream<Path> files = Files.list(stateDir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .doesNotContain("very-recognisable");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"value\":\"v\"}|name: is missing",
        "{\"name\":\"../x\",\"value\":\"v\"}|name: '../x' is not a DNS name",
        "{\"name\":\"s\"}|value: is missing",
        "{\"name\":\"s\",\"value\":{\"secret\":1}}|value: expected a string, found an object",
        "{\"name\":\"s\",\"rawValue\":\"!\"}|rawValue: is not base64",
        "{\"name\":\"s\",\"value\":\"v\",\"namespace\":\"nowhere\"}|namespace: there is no"
            + " namespace 'nowhere'",
      })
  void aBadSecretIsRefused(String body, String expected) {
    Answer answer = gateway.post("/system/secrets", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(expected + "\n");
  }

  @Test
  void brokenJsonIsNotEchoed() {
    Answer answer = gateway.post("/system/secrets", "{\"name\":\"s\",\"value\":\"hunter2\" oops");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).doesNotContain("hunter2");
  }

  private String value(String name) {
    return new String(
        gateway.context.getBean(SecretStore.class).value("openfaas-fn", name).orElseThrow(),
        StandardCharsets.UTF_8);
  }
}
