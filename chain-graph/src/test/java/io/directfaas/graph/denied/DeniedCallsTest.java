package io.directfaas.graph.denied;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.v1.DeniedCallsGrpc;
import io.directfaas.graph.v1.DeniedCallsReport;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeniedCallsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final String serverName = UUID.randomUUID().toString();
  private final DeniedCallsLog log = new DeniedCallsLog();
  private final ManagedChannel channel = InProcessChannelBuilder.forName(serverName).build();
  private final DeniedCallsReporter reporter =
      new DeniedCallsReporter("fabric", channel, Duration.ofMillis(20));
  private @Nullable Server server;

  private void startOwner() throws Exception {
    server = InProcessServerBuilder.forName(serverName).addService(log).build().start();
  }

  @AfterEach
  void stop() {
    reporter.close();
    channel.shutdownNow();
    if (server != null) {
      server.shutdownNow();
    }
  }

  private static DeniedCall call(String caller, String callee, int secondsAfterNoon) {
    return new DeniedCall(
        FunctionRef.parse(caller, "acme"),
        FunctionRef.parse(callee, "acme"),
        "tcp 10.88.0.4:8080",
        1,
        NOON.plusSeconds(secondsAfterNoon));
  }

  @Test
  void whatALayerSawReachesTheOwnerAndTheSamePairCountsUp() throws Exception {
    reporter.saw(call("a", "globex/c", 1));
    reporter.saw(call("a", "globex/c", 3));
    reporter.saw(call("a", "b", 2));
    reporter.start();
    // The owner comes later: nothing is lost by that.
    startOwner();
    await().untilAsserted(() -> assertThat(log.entries()).hasSize(2));
    assertThat(log.entries().getFirst().reporter()).isEqualTo("fabric");
    assertThat(log.entries().getFirst().call())
        .isEqualTo(
            new DeniedCall(
                FunctionRef.parse("a", "acme"),
                FunctionRef.parse("globex/c", "acme"),
                "tcp 10.88.0.4:8080",
                2,
                NOON.plusSeconds(3)));
    reporter.saw(call("a", "b", 9));
    await().untilAsserted(() -> assertThat(log.entries().getFirst().call().count()).isEqualTo(2));
    assertThat(log.entries().getFirst().call().callee().name()).isEqualTo("b");
  }

  @Test
  void aTenantThatTriesEverythingForgetsItsOwnAttemptsOnly() {
    log.add("fabric", call("globex/spy", "acme/a", 0));
    for (int i = 0; i < 2 * DeniedCallsLog.MAX_PER_TENANT; i++) {
      log.add("fabric", call("acme/a", "acme/f" + i, i));
    }
    assertThat(log.entries()).hasSize(DeniedCallsLog.MAX_PER_TENANT + 1);
    assertThat(log.entries().getLast().call().caller().namespace()).isEqualTo("globex");
    log.keepOnly(Set.of("globex"));
    assertThat(log.entries()).hasSize(1);
  }

  @Test
  void aReportWithoutANameOrWithTooMuchIsRefused() throws Exception {
    startOwner();
    DeniedCallsGrpc.DeniedCallsBlockingStub stub = DeniedCallsGrpc.newBlockingStub(channel);
    assertThatThrownBy(() -> stub.report(DeniedCallsReport.getDefaultInstance()))
        .hasMessageContaining("names its reporter");
    assertThat(log.entries()).isEmpty();
  }
}
