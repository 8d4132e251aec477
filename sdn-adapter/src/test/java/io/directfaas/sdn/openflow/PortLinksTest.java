package io.directfaas.sdn.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.projectfloodlight.openflow.protocol.OFPortConfig;
import org.projectfloodlight.openflow.protocol.OFPortDesc;
import org.projectfloodlight.openflow.protocol.OFPortReason;
import org.projectfloodlight.openflow.protocol.OFPortState;
import org.projectfloodlight.openflow.types.OFPort;

class PortLinksTest {
  private static OFPortDesc port(int number, Set<OFPortState> state, Set<OFPortConfig> config) {
    return OpenFlowSession.FACTORY
        .buildPortDesc()
        .setPortNo(OFPort.of(number))
        .setState(state)
        .setConfig(config)
        .build();
  }

  private static OFPortDesc live(int number) {
    return port(number, EnumSet.of(OFPortState.LIVE), Set.of());
  }

  private static OFPortDesc down(int number) {
    return port(number, EnumSet.of(OFPortState.LINK_DOWN), Set.of());
  }

  @Test
  void aPortIsDownWithoutLinkOrWhenSwitchedOff() {
    PortLinks links =
        PortLinks.UNKNOWN
            .after(OFPortReason.MODIFY, live(1))
            .after(OFPortReason.MODIFY, down(2))
            .after(OFPortReason.MODIFY, port(3, Set.of(), EnumSet.of(OFPortConfig.PORT_DOWN)));
    assertThat(links.down()).containsExactlyInAnyOrder(2, 3);
    assertThat(links.after(OFPortReason.MODIFY, live(2)).down()).containsExactly(3);
  }

  @Test
  void aDeletedPortIsGoneUntilItsNumberIsGivenAgain() {
    PortLinks links =
        PortLinks.UNKNOWN.after(OFPortReason.ADD, down(2)).after(OFPortReason.DELETE, down(2));
    assertThat(links.gone()).containsExactly(2);
    assertThat(links.down()).isEmpty();
    assertThat(links.after(OFPortReason.ADD, live(2))).isEqualTo(PortLinks.UNKNOWN);
  }
}
