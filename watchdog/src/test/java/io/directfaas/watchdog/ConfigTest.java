package io.directfaas.watchdog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigTest {
  @Test
  void theCommandIsSplitAtEverySpaceAndNotQuoted() {
    assertThat(Config.of(Map.of("fprocess", "sh -c 'a b'")).command())
        .containsExactly("sh", "-c", "'a", "b'");
  }

  @Test
  void withoutACommandThereIsNoWatchdog() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Config.of(Map.of("fprocess", " ")))
        .withMessageContaining("fprocess");
  }

  @Test
  void defaultsAreThoseOfOpenFaas() {
    Config config = Config.of(Map.of("fprocess", "cat"));
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.metricsPort()).isEqualTo(8081);
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.writeTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.execTimeout()).isEqualTo(Duration.ZERO);
    assertThat(config.maxInflight()).isZero();
    assertThat(config.combineOutput()).isTrue();
    assertThat(config.cgiHeaders()).isTrue();
    assertThat(config.lockFile()).isEqualTo(Path.of("/tmp/.lock"));
  }

  @Test
  void aMalformedValueFallsBackToItsDefault() {
    Config config =
        Config.of(
            Map.of(
                "fprocess", "cat", "PORT", "many", "read_timeout", "soon", "max_inflight", "-1"));
    assertThat(config.port()).isEqualTo(8080);
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.maxInflight()).isZero();
  }

  @Test
  void thePlatformsPortGoesBeforeTheWatchdogsOwn() {
    assertThat(Config.of(Map.of("fprocess", "cat", "PORT", "1", "port", "2")).port()).isEqualTo(1);
    assertThat(Config.of(Map.of("fprocess", "cat", "port", "2")).port()).isEqualTo(2);
  }
}
