package io.directfaas.graph.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.CallSetting;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.v1.Delta;
import io.directfaas.graph.v1.PolicySetting;
import org.junit.jupiter.api.Test;

class PolicyWireTest {
  private static final FunctionRef A = new FunctionRef("acme", "a");
  private static final FunctionRef B = new FunctionRef("acme", "b");

  @Test
  void everySettingSurvivesTheWay() {
    CallPolicy policy = CallPolicy.NONE;
    for (CallSetting setting : CallSetting.values()) {
      policy = policy.with(setting, 100 + setting.ordinal());
    }
    GraphDelta delta =
        new GraphDelta.Builder()
            .put(new Function(A, 5, NameRoute.SIDECAR, policy))
            .put(new Function(B, 6))
            .put(new Edge(A, B, DataPath.MTLS, EdgeOrigin.CALLS, policy))
            .put(new Edge(B, A, DataPath.FABRIC, EdgeOrigin.CALLS))
            .build(1, 2);
    assertThat(Wire.fromProto(Wire.toProto(delta))).isEqualTo(delta);
  }

  @Test
  void aSettingThatThisVersionDoesNotKnowIsRefused() {
    Delta.Builder proto = Delta.newBuilder().setFrom(1).setTo(2);
    proto.addPutEdgesBuilder().addPolicy(PolicySetting.newBuilder().setKindValue(99));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wire.fromProto(proto.build()))
        .withMessageContaining("unknown call setting");
  }
}
