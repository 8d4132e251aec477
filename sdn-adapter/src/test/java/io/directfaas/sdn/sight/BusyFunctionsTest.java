package io.directfaas.sdn.sight;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import io.directfaas.sdn.openflow.OpenFlowException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BusyFunctionsTest {
  private static final FunctionRef B = new FunctionRef("acme", "b");

  private final List<EdgeCount> edges = new ArrayList<>();
  private final BusyFunctions busy = new BusyFunctions(() -> List.copyOf(edges), List::of);

  private void look(long packets, long bytes, long replyPackets, long replyBytes)
      throws OpenFlowException, InterruptedException {
    edges.clear();
    edges.add(
        new EdgeCount(
            "acme/a",
            "acme/b",
            new EdgeCount.Count(packets, bytes),
            new EdgeCount.Count(replyPackets, replyBytes)));
    busy.look();
  }

  @Test
  void aFunctionIsBusyWhileItsEdgesCarrySomething() throws Exception {
    look(10, 1200, 8, 3000);
    assertThat(busy.busy()).containsExactly(B);
    look(10, 1200, 8, 3000);
    assertThat(busy.busy()).isEmpty();
    look(11, 1480, 9, 3066);
    assertThat(busy.busy()).containsExactly(B);
  }

  @Test
  void keepingAnIdleConnectionAliveIsNoCall() throws Exception {
    look(10, 1200, 8, 3000);
    look(12, 1332, 10, 3132);
    assertThat(busy.busy()).isEmpty();
  }

  @Test
  void aLongAnswerIsACallUnderWay() throws Exception {
    look(10, 1200, 8, 3000);
    look(60, 1200 + 50 * 66, 108, 153_000);
    assertThat(busy.busy()).containsExactly(B);
  }

  @Test
  void countersThatBeganAnewHaveMoved() throws Exception {
    look(10, 1200, 8, 3000);
    look(1, 66, 0, 0);
    assertThat(busy.busy()).containsExactly(B);
  }

  @Test
  void edgesOfFunctionsThatAreGoneNameNobody() throws Exception {
    edges.add(
        new EdgeCount("#17", "#18", new EdgeCount.Count(5, 5000), new EdgeCount.Count(5, 5000)));
    busy.look();
    assertThat(busy.busy()).isEmpty();
  }
}
