package io.directfaas.xds.stream;

import static io.directfaas.xds.stream.PushQueueTest.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class DebounceTest {
  private static final long QUIET = 20;
  private static final long MOST = 100;
  private final Debounce debounce = new Debounce(QUIET, MOST, 0);

  @Test
  void aChangeThatComesAlonePassesAtOnce() {
    assertThat(debounce.add(request(1), 0)).isZero();
    assertThat(debounce.take(0)).isNotNull();
    assertThat(debounce.take(0)).isNull();
    assertThat(debounce.add(request(2), QUIET)).isZero();
  }

  @Test
  void theRestOfABurstIsHeldUntilItIsOverAndMerged() {
    debounce.add(request(1), 0);
    debounce.take(0);
    assertThat(debounce.add(request(2), 5)).isEqualTo(QUIET);
    // One timer is enough.
    assertThat(debounce.add(request(3), 15)).isNegative();
    assertThat(debounce.take(25)).isNull();
    assertThat(debounce.timerFired(25)).isEqualTo(10);
    assertThat(Objects.requireNonNull(debounce.take(35)).epoch()).isEqualTo(3);
    assertThat(debounce.timerFired(35)).isNegative();
  }

  @Test
  void aBurstWithoutEndIsNotHeldForEver() {
    debounce.add(request(1), 0);
    debounce.take(0);
    long now = 1;
    while (debounce.take(now) == null) {
      debounce.add(request(now), now);
      now++;
    }
    assertThat(now).isEqualTo(1 + MOST);
  }

  @Test
  void whatIsUrgentPassesAtOnceAndTakesWhatIsHeldAlong() {
    debounce.add(request(1), 0);
    debounce.take(0);
    debounce.add(request(2), 1);
    assertThat(debounce.take(2)).isNull();
    assertThat(debounce.add(request(3, true, 3), 3)).isZero();
    PushRequest taken = Objects.requireNonNull(debounce.take(3));
    assertThat(taken.epoch()).isEqualTo(3);
    assertThat(taken.since()).isEqualTo(2);
    assertThat(debounce.timerFired(21)).isNegative();
    // And the timer can be set again afterwards.
    assertThat(debounce.add(request(4), 22)).isPositive();
  }
}
