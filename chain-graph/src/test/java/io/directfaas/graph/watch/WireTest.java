package io.directfaas.graph.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.v1.Delta;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
  private static Delta sent(Function function) {
    return Wire.toProto(new GraphDelta.Builder().put(function).build(1, 2));
  }

  private static Delta sent(Tenant tenant) {
    return Wire.toProto(new GraphDelta.Builder().put(tenant).build(1, 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Function.MAX_ID + 1})
  void aFunctionWhoseIdTheFabricHasNoRoomForIsNotTaken(int id) {
    assertThatThrownBy(() -> Wire.fromProto(sent(new Function(new FunctionRef("acme", "f"), id))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("acme/f")
        .hasMessageContaining(Integer.toUnsignedString(id));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Tenant.MAX_ID + 1})
  void neitherIsATenant(int id) {
    Tenant tenant = new Tenant("acme", id, EdgePolicy.EDGES, DataPath.FABRIC);
    assertThatThrownBy(() -> Wire.fromProto(sent(tenant)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tenant acme");
  }

  @Test
  void theLargestIdsAreTaken() {
    Function function = new Function(new FunctionRef("acme", "f"), Function.MAX_ID);
    assertThat(Wire.fromProto(sent(function)).putFunctions()).containsExactly(function);
  }
}
