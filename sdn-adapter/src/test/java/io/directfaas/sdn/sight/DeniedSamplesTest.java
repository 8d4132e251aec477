package io.directfaas.sdn.sight;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.denied.DeniedCall;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.testing.GraphFixture;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeniedSamplesTest {
  private static final int SYN = 0x02;
  private static final int ACK = 0x10;

  private final Graph graph =
      new GraphFixture()
          .tenant("acme")
          .tenant("globex")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .single("globex/c", 4)
          .next();
  private final List<DeniedCall> reported = new ArrayList<>();
  private final DeniedSamples samples =
      new DeniedSamples(() -> List.of(graph), reported::add, Clock.systemUTC());

  private static byte[] tcp(int destinationTail, int port, int flags) {
    ByteBuffer frame = ByteBuffer.allocate(54);
    frame.putLong(4, 0x02df_0000_0002L).putShort(12, (short) 0x0800);
    frame.put(14, (byte) 0x45).put(23, (byte) 6);
    frame.putInt(26, 0x0a58_0002).putInt(30, 0x0a58_0000 + destinationTail);
    frame.putShort(34, (short) 40000).putShort(36, (short) port).put(47, (byte) flags);
    return frame.array();
  }

  private void denied(String caller, FlowKind reason, byte[] frame) {
    int id = graph.function(GraphFixture.ref(caller)).orElseThrow().id();
    DeniedPacket.read(new Cookie(reason, id), ByteBuffer.wrap(frame)).ifPresent(samples::take);
  }

  @Test
  void theSameAttemptIsOneEntryAndAnotherPortIsAnother() {
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(3, 8080, SYN));
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(3, 8080, SYN));
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(3, 22, SYN));
    assertThat(samples.list("acme"))
        .extracting(DeniedSample::attempt, DeniedSample::samples, DeniedSample::callee)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("tcp 10.88.0.3:8080", 2L, "acme/b"),
            org.assertj.core.groups.Tuple.tuple("tcp 10.88.0.3:22", 1L, "acme/b"));
    assertThat(samples.list("globex")).isEmpty();
  }

  @Test
  void onlyWhatBeginsACallToSomeoneIsReportedAsACall() {
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(3, 8080, ACK));
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(99, 8080, SYN));
    denied("acme/a", FlowKind.DROP_SPOOFED, tcp(3, 8080, SYN));
    assertThat(reported).isEmpty();
    denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(4, 8080, SYN));
    assertThat(reported)
        .singleElement()
        .satisfies(c -> assertThat(c.callee()).hasToString("globex/c"));
  }

  @Test
  void aTenantThatTriesEverythingPushesOutItsOwnEntriesOnly() {
    denied("globex/c", FlowKind.DROP_UNDECLARED, tcp(2, 8080, SYN));
    for (int port = 1; port <= 3 * DeniedSamples.MAX_PER_TENANT; port++) {
      denied("acme/a", FlowKind.DROP_UNDECLARED, tcp(4, port, SYN));
    }
    assertThat(samples.list("acme")).hasSize(DeniedSamples.MAX_PER_TENANT);
    assertThat(samples.list("globex")).hasSize(1);
  }

  @Test
  void whateverBytesAPacketHasItIsReadOrIgnored() {
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      byte[] frame = new byte[random.nextInt(70)];
      random.nextBytes(frame);
      if (frame.length > 13 && random.nextBoolean()) {
        frame[12] = 8;
        frame[13] = (byte) (random.nextBoolean() ? 0 : 6);
      }
      denied("acme/a", FlowKind.DROP_UNDECLARED, frame);
    }
    assertThat(samples.list(""))
        .isNotEmpty()
        .hasSizeLessThanOrEqualTo(DeniedSamples.MAX_PER_TENANT);
  }
}
