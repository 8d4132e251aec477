package io.directfaas.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  @Test
  void annotationsAreReadAndWhatCannotBeReadCountsAsNotSet() {
    RetryPolicy policy =
        RetryPolicy.of(
            Map.of(
                "com.openfaas.retry.attempts", "3",
                "com.openfaas.retry.codes", "418, 503",
                "com.openfaas.retry.min_wait", "100ms",
                "com.openfaas.retry.max_wait", "1m0.5s"));
    assertThat(policy.attempts()).isEqualTo(3);
    assertThat(policy.codes()).containsExactlyInAnyOrder(418, 503);
    assertThat(policy.minWait()).isEqualTo(Duration.ofMillis(100));
    assertThat(policy.maxWait()).isEqualTo(Duration.ofMillis(60_500));
    assertThat(
            RetryPolicy.of(
                Map.of(
                    "com.openfaas.retry.attempts", "many",
                    "com.openfaas.retry.codes", "5xx",
                    "com.openfaas.retry.min_wait", "soon",
                    "com.openfaas.retry.max_wait", "-1s")))
        .isEqualTo(RetryPolicy.DEFAULT);
  }

  @Test
  void theWaitDoublesUpToTheLongest() {
    RetryPolicy policy = RetryPolicy.of(Map.of("com.openfaas.retry.min_wait", "1s"));
    assertThat(policy.waitAfter(1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(policy.waitAfter(4)).isEqualTo(Duration.ofSeconds(8));
    assertThat(policy.waitAfter(1000)).isEqualTo(Duration.ofMinutes(2));
  }
}
