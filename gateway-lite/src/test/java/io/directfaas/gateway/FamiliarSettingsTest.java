package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FamiliarSettingsTest {
  @Test
  void namesThatUsersKnowBecomeOurs() {
    assertThat(
            FamiliarSettings.from(
                Map.of(
                    "function_namespace", "fns",
                    "secret_mount_path", "/run/secrets",
                    "basic_auth", "false",
                    "read_timeout", "10",
                    "write_timeout", "1m30.5s")))
        .containsOnly(
            Map.entry("directfaas.gateway.default-namespace", "fns"),
            Map.entry("directfaas.gateway.secrets-dir", "/run/secrets"),
            Map.entry("directfaas.gateway.basic-auth", false),
            Map.entry("directfaas.gateway.read-timeout", "PT10S"),
            Map.entry("directfaas.gateway.write-timeout", "PT1M30.5S"));
    assertThat(FamiliarSettings.from(Map.of("PATH", "/bin", "basic_auth", ""))).isEmpty();
  }

  @Test
  void whatCannotBeReadIsNamed() {
    assertThatThrownBy(() -> FamiliarSettings.from(Map.of("write_timeout", "soon")))
        .hasMessageStartingWith("write_timeout: 'soon' is not a duration");
    assertThatThrownBy(() -> FamiliarSettings.from(Map.of("basic_auth", "maybe")))
        .hasMessageContaining("basic_auth");
  }

  @Test
  void withoutBasicAuthEverybodyIsLetIn(@TempDir Path stateDir) {
    try (Gateway gateway = Gateway.start(stateDir, Map.of("basic-auth", "false"))) {
      assertThat(gateway.send(gateway.anonymous("/system/functions")).status()).isEqualTo(200);
    }
  }
}
