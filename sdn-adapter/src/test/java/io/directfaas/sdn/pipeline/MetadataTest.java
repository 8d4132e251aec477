package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.Function;
import io.directfaas.graph.Tenant;
import org.junit.jupiter.api.Test;

class MetadataTest {
  @Test
  void theLargestIdsHaveRoom() {
    var edge = Metadata.edge(Function.MAX_ID, Function.MAX_ID - 1);
    assertThat(Metadata.sourceOf(edge)).isEqualTo(Function.MAX_ID);
    assertThat(Metadata.destinationOf(edge)).isEqualTo(Function.MAX_ID - 1);
    assertThat(Metadata.tenant(Tenant.MAX_ID).getValue()).isEqualTo(0xffff);
  }

  @Test
  void whatDoesNotFitIsRefusedAndNotTakenForAnother() {
    assertThatThrownBy(() -> Metadata.source(Function.MAX_ID + 6)).hasMessageContaining("16777221");
    assertThatThrownBy(() -> Metadata.destination(Function.MAX_ID + 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Metadata.tenant(Tenant.MAX_ID + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Metadata.source(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
