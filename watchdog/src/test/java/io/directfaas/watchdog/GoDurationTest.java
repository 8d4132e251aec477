package io.directfaas.watchdog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "300ms, PT0.3S",
    "1m30s, PT1M30S",
    "1.5h, PT1H30M",
    ".5s, PT0.5S",
    "2h0m0.000001s, PT2H0.000001S",
    "7us, PT0.000007S",
    "7µs, PT0.000007S",
    "1ns, PT0.000000001S",
    "-2s, PT-2S",
    "+2s, PT2S",
    "0, PT0S"
  })
  void readsWhatGoReads(String text, Duration duration) {
    assertThat(GoDuration.parse(text)).contains(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "s", "1x", "1s2", "1 s", "-", "--1s", "3000000h", "1e3s", "."})
  void refusesWhatGoRefuses(String text) {
    assertThat(GoDuration.parse(text)).isEmpty();
  }

  @Test
  void aBareNumberIsSecondsOnlyInSettings() {
    assertThat(GoDuration.parseSecondsOrDuration("30")).contains(Duration.ofSeconds(30));
    assertThat(GoDuration.parseSecondsOrDuration("1m")).contains(Duration.ofMinutes(1));
    assertThat(GoDuration.parseSecondsOrDuration("-5")).isEmpty();
  }
}
