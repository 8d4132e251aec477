package io.directfaas.standalone.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.node.UsageMeter.Watched;
import io.directfaas.standalone.node.function.Cgroups.Consumption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UsageMeterTest {
  private static final FunctionRef F = new FunctionRef("acme", "f");
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, Consumption> used = new HashMap<>();
  private Map<FunctionRef, List<Watched>> replicas =
      Map.of(F, List.of(new Watched("f-1", true), new Watched("f-2", true)));
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
    assertThat(meter.of(F)).contains(new Usage(750, OptionalDouble.of(750), 2500));
  }

  @Test
  void whatAReplicaSpendsOnItsStartIsUsedButIsNoWork() {
    replicas = Map.of(F, List.of(new Watched("f-1", true), new Watched("f-2", false)));
    used.put("f-1", new Consumption(0, 10));
    used.put("f-2", new Consumption(0, 10));
    meter.look(0);
    used.put("f-1", new Consumption(SECOND / 10, 10));
    used.put("f-2", new Consumption(SECOND, 10));
    replicas = Map.of(F, List.of(new Watched("f-1", true), new Watched("f-2", true)));
    meter.look(SECOND);
    // It became ready some time in between.
    assertThat(meter.of(F)).contains(new Usage(1100, OptionalDouble.of(100), 20));
    meter.look(2 * SECOND);
    assertThat(meter.of(F)).contains(new Usage(0, OptionalDouble.of(0), 20));
    replicas = Map.of(F, List.of(new Watched("f-1", false)));
    meter.look(3 * SECOND);
    assertThat(meter.of(F)).contains(new Usage(0, OptionalDouble.empty(), 10));
  }

  @Test
  void whatIsGoneOrNotToldIsNotUsed() {
    used.put("f-1", new Consumption(SECOND, 1000));
    meter.look(SECOND);
    meter.look(2 * SECOND);
    assertThat(meter.of(F)).contains(new Usage(0, OptionalDouble.of(0), 1000));
    replicas = Map.of();
    meter.look(3 * SECOND);
    assertThat(meter.of(F)).isEmpty();
  }
}
