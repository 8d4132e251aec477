package io.directfaas.sdn.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.sdn.testing.CuttingProxy;
import io.directfaas.sdn.testing.OvsInstance;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.OFGroup;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U64;

class OpenFlowSessionTest {
  private static OvsInstance ovs;
  private SwitchConnection connection;

  @BeforeAll
  static void startSwitch() throws Exception {
    ovs = OvsInstance.dummy();
  }

  @AfterAll
  static void stopSwitch() {
    ovs.close();
  }

  @BeforeEach
  void connect() {
    ovs.ofctl("del-flows");
    connection =
        new SwitchConnection(
            SwitchAddress.unix(ovs.managementSocket()), SessionConfig.defaults(), () -> {});
    connection.start();
    await().until(() -> connection.session().isPresent());
  }

  @AfterEach
  void disconnect() {
    connection.close();
  }

  private OpenFlowSession session() {
    return connection.session().orElseThrow();
  }

  private static OFFlowMod drop(int priority) {
    return flow(priority, OpenFlowSession.FACTORY.matchWildcardAll());
  }

  /** Refused with BAD_PREREQ: a TCP port without saying that it is TCP. */
  private static OFFlowMod withoutPrerequisite() {
    return flow(
        7,
        OpenFlowSession.FACTORY
            .buildMatch()
            .setExact(MatchField.TCP_DST, TransportPort.of(80))
            .build());
  }

  private static OFFlowMod flow(int priority, Match match) {
    return OpenFlowSession.FACTORY
        .buildFlowAdd()
        .setTableId(TableId.of(20))
        .setPriority(priority)
        .setMatch(match)
        .setBufferId(OFBufferId.NO_BUFFER)
        .setOutPort(OFPort.ANY)
        .setOutGroup(OFGroup.ANY)
        .build();
  }

  @Test
  void aBundleWithOneBadFlowLeavesNothingAndNamesIt() throws Exception {
    OFFlowMod bad = withoutPrerequisite();
    assertThatThrownBy(() -> session().commit(List.of(drop(1), bad, drop(2))))
        .isInstanceOfSatisfying(
            FlowsRejectedException.class, e -> assertThat(e.rejected()).containsOnlyKeys(bad))
        .hasMessageContaining("BAD_PREREQ");
    assertThat(ovs.flows()).isEmpty();

    session().commit(List.of(drop(1), drop(2)));
    session().barrier();
    assertThat(session().dumpFlows(TableId.of(20)).entries()).hasSize(2);
  }

  @Test
  void aBundleOfManyThousandsGoesInWholeAndReadsBackWhole() throws Exception {
    List<OFFlowMod> many = new ArrayList<>();
    for (int i = 1; i <= 30_000; i++) {
      // Different matches: equal ones of many priorities are one long list inside the switch.
      many.add(
          flow(
              1,
              OpenFlowSession.FACTORY
                  .buildMatch()
                  .setExact(MatchField.METADATA, OFMetadata.of(U64.of(i)))
                  .build()));
    }
    session().commit(many);
    session().barrier();
    FlowDump dump = session().dumpFlows(TableId.of(20));
    assertThat(dump.complete()).isTrue();
    assertThat(dump.entries()).hasSize(30_000);
    assertThat(session().countFlows(TableId.of(20))).isEqualTo(30_000);
  }

  @Test
  void aFlowTheCodecCannotReadIsReportedAndTheSessionGoesOn() throws Exception {
    ovs.ofctl("add-flow", "table=21,priority=5,actions=resubmit(,22)");
    FlowDump dump = session().dumpFlows(TableId.of(21));
    assertThat(dump.complete()).isFalse();
    assertThat(session().unparsedMessages()).isPositive();
    assertThat(session().isOpen()).isTrue();
    assertThat(session().countFlows(TableId.of(21))).isEqualTo(1);
  }

  @Test
  void aSwitchThatGoesAwayFailsWhatIsPendingAndIsFoundAgain() throws Exception {
    OpenFlowSession before = session();
    ovs.restartDaemon();
    await().until(() -> connection.session().filter(s -> s != before).isPresent());
    assertThatThrownBy(before::barrier).isInstanceOf(OpenFlowException.class);
    session().barrier();
  }

  @Test
  void bytesThatMakeNoSenseCostAMessageOrTheSessionAndNothingElse() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(ovs.managementSocket(), Long.MAX_VALUE);
        SwitchConnection through =
            new SwitchConnection(
                SwitchAddress.unix(proxy.socket()), SessionConfig.defaults(), () -> {})) {
      through.start();
      await().until(() -> through.session().isPresent());
      OpenFlowSession session = through.session().orElseThrow();
      session.barrier();
      // A type that there is not, and answers cut short to what no one has asked.
      proxy.toController(new byte[] {5, 99, 0, 8, 0, 0, 0, 1});
      proxy.toController(new byte[] {5, 19, 0, 12, 0, 0, 0, 77, 0, 1, 0, 0});
      proxy.toController(new byte[] {5, 10, 0, 9, 0, 0, 0, 78, 1});
      await().until(() -> session.unparsedMessages() >= 2);
      session.barrier();
      assertThat(session.isOpen()).isTrue();

      // A length with which no frame can be: where the next message begins is not known any more.
      proxy.toController(new byte[] {5, 2, 0, 0, 0, 0, 0, 1});
      await().until(() -> through.session().filter(s -> s != session).isPresent());
      through.session().orElseThrow().barrier();
    }
  }

  @Test
  void aSwitchWithoutOpenFlow14IsRefusedInWords() {
    ovs.vsctl("set", "bridge", OvsInstance.BRIDGE, "protocols=OpenFlow10,OpenFlow13");
    try {
      await().untilAsserted(() -> assertThat(connection.lastError()).contains("OpenFlow"));
      assertThat(connection.session()).isEmpty();
    } finally {
      ovs.vsctl(
          "set",
          "bridge",
          OvsInstance.BRIDGE,
          "protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15");
    }
    await().until(() -> connection.session().isPresent());
  }
}
