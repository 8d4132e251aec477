package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Meddler;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Packets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tenant's limit as a meter of a real switch, and what changing it does to the flows. */
class TenantBandwidthTest {
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);
  private static final String CALL = Packets.tcp(2, A, B.ip(), 40000, 8080, "syn");
  private static final Replica C = GraphFixture.replica("globex/c", "c", 4);
  private static final Replica D = GraphFixture.replica("globex/d", "d", 5);
  private static final String OTHERS_CALL = Packets.tcp(4, C, D.ip(), 40000, 8080, "syn");
  private static final int METER_MOD = 29;
  private static final int METER_MOD_FAILED = 12;
  private static final int OUT_OF_METERS = 10;
  private static final Duration OFTEN = Duration.ofMillis(100);

  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .edge("acme/a", "acme/b")
          .tenant("globex")
          .single("globex/c", 4)
          .single("globex/d", 5)
          .edge("globex/c", "globex/d");
  private OvsInstance ovs;
  private Adapter adapter;

  @BeforeEach
  void start() throws Exception {
    ovs = OvsInstance.dummy();
    ovs.plugDummy(A, 2);
    ovs.plugDummy(B, 3);
    ovs.plugDummy(C, 4);
    ovs.plugDummy(D, 5);
    adapter = new Adapter(ovs, Adapter.audits(OFTEN));
    adapter.carry(graphs.next());
  }

  @AfterEach
  void stop() {
    adapter.close();
    ovs.close();
  }

  private void limit(@Nullable String bandwidth) throws Exception {
    adapter.carry(
        graphs.bandwidth("acme", bandwidth == null ? null : Bandwidth.parse(bandwidth)).next());
  }

  private String meter(int id) {
    return ovs.ofctl("dump-meters").lines().toList().stream()
        .reduce("", (all, line) -> all + line + " ")
        .replaceAll(
            ".*?(meter=" + id + " [^m]*?bands= *type=\\S+ +rate=\\S+ burst_size=\\S+).*", "$1");
  }

  @Test
  void aLimitIsAMeterWithABurstOfASecondThatTheTenantsTrafficPasses() throws Exception {
    assertThat(ovs.trace(CALL)).doesNotContain("meter");
    limit("200Mbit");
    assertThat(meter(2))
        .isEqualTo("meter=2 kbps burst stats bands= type=drop rate=200000 burst_size=200000");
    assertThat(ovs.trace(CALL)).startsWith("meter(");
    // Replies are the tenant's, too.
    assertThat(ovs.trace(Packets.tcp(3, B, A.ip(), 8080, 40000, "ack"))).startsWith("meter(");
  }

  @Test
  void aChangedLimitChangesTheMeterInPlaceAndNoFlow() throws Exception {
    limit("200Mbit");
    List<String> flows = ovs.flows();
    long written = adapter.status().counters().flowsWritten();
    limit("50Mbit");
    assertThat(meter(2)).contains("rate=50000 burst_size=50000");
    assertThat(ovs.flows()).isEqualTo(flows);
    assertThat(adapter.status().counters().flowsWritten()).isEqualTo(written);
  }

  @Test
  void aLiftedLimitTakesTheFlowsOffTheMeterFirst() throws Exception {
    List<String> without = ovs.flows();
    limit("200Mbit");
    limit(null);
    assertThat(ovs.flows()).isEqualTo(without);
    assertThat(ovs.ofctl("dump-meters")).doesNotContain("meter=2 ");
    assertThat(ovs.trace(CALL)).isNotEqualTo("drop").doesNotContain("meter");
  }

  @Test
  void aMeterThatSomeoneDeletedComesBackWithTheFlowsThatWentWithIt() throws Exception {
    limit("200Mbit");
    List<String> right = ovs.flows();
    ovs.ofctl("del-meters");
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
    assertThat(meter(2)).contains("rate=200000");
  }

  @Test
  void aForeignMeterIsRemovedAndAChangedOnePutRight() throws Exception {
    limit("200Mbit");
    ovs.ofctl("add-meter", "meter=77,pktps,bands=type=drop,rate=1");
    ovs.ofctl("mod-meter", "meter=2,kbps,bands=type=drop,rate=1");
    await().untilAsserted(() -> assertThat(ovs.ofctl("dump-meters")).doesNotContain("meter=77 "));
    await().untilAsserted(() -> assertThat(meter(2)).contains("rate=200000 burst_size=200000"));
    assertThat(adapter.status().lastError()).isEmpty();
  }

  @Test
  void aMeterThatTheSwitchRefusesCostsItsTenantTheLimitAndNoOneTheTraffic() throws Exception {
    adapter.close();
    try (Meddler meddler = new Meddler(ovs.managementSocket())) {
      meddler.obey(message -> isBandwidth(message, 2) ? outOfMeters(message) : null);
      adapter = new Adapter(meddler.socket(), ovs.databaseSocket(), Adapter.audits(OFTEN));
      adapter.carry(
          graphs
              .bandwidth("acme", Bandwidth.parse("200Mbit"))
              .bandwidth("globex", Bandwidth.parse("100Mbit"))
              .next());
      assertThat(ovs.trace(CALL)).isNotEqualTo("drop").doesNotContain("meter");
      assertThat(ovs.trace(OTHERS_CALL)).startsWith("meter(");
      assertThat(adapter.status().lastError())
          .contains("1 meter(s) refused by the switch", "2:", "OUT_OF_METERS");

      // The switch has room again: the next audit finds it.
      meddler.obey(message -> null);
      await().untilAsserted(() -> assertThat(ovs.trace(CALL)).startsWith("meter("));
      await().untilAsserted(() -> assertThat(adapter.status().lastError()).isEmpty());
      adapter.close();
    }
  }

  /** OpenFlow 1.4.0 section 7.3.4.3: a meter_mod's id follows command and flags. */
  private static boolean isBandwidth(byte[] message, int meterId) {
    return message[1] == METER_MOD && ByteBuffer.wrap(message).getInt(12) == meterId;
  }

  private static byte[] outOfMeters(byte[] message) {
    return Meddler.error(message, METER_MOD_FAILED, OUT_OF_METERS);
  }

  @Test
  void aRestartedSwitchHasTheMetersAgain() throws Exception {
    limit("200Mbit");
    List<String> right = ovs.flows();
    ovs.restartDaemon();
    await().untilAsserted(() -> assertThat(ovs.flows()).isEqualTo(right));
    assertThat(meter(2)).contains("rate=200000");
  }
}
