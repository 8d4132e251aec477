package io.directfaas.standalone.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.node.function.Cgroups.Consumption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UsageMeterTest {
  private static final FunctionRef F = new FunctionRef("acme", "f");
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, Consumption> used = new HashMap<>();
  private Map<FunctionRef, List<String>> replicas = Map.of(F, List.of("f-1", "f-2"));
  private final UsageMeter meter =
      new UsageMeter(() -> replicas, id -> Optional.ofNullable(used.get(id)));

  @AfterEach
  void close() {
    meter.close();
  }

  @Test
  void replicasAreAddedUpAndTimeIsMeasuredBetweenTwoLooks() {
    used.put("f-1", new Consumption(7 * SECOND, 1000));
    used.put("f-2", new Consumption(0, 500));
    meter.look(100 * SECOND);
    assertThat(meter.of(F)).isEmpty();
    used.put("f-1", new Consumption(8 * SECOND, 2000));
    used.put("f-2", new Consumption(SECOND / 2, 500));
    meter.look(102 * SECOND);
    assertThat(meter.of(F)).contains(new Usage(750, 2500));
  }

  @Test
  void whatIsGoneOrNotToldIsNotUsed() {
    used.put("f-1", new Consumption(SECOND, 1000));
    meter.look(SECOND);
    meter.look(2 * SECOND);
    assertThat(meter.of(F)).contains(new Usage(0, 1000));
    replicas = Map.of();
    meter.look(3 * SECOND);
    assertThat(meter.of(F)).isEmpty();
  }
}
