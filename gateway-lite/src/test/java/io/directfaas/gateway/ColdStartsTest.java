package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.activation.Activator.Outcome;
import io.directfaas.graph.activation.RemoteActivator;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions started because calls wait for them, asked for over the wire. */
class ColdStartsTest {
  private static final FunctionRef F = new FunctionRef("openfaas-fn", "f");
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;
  private Gateway gateway;
  private ManagedChannel channel;
  private RemoteActivator activator;

  @BeforeEach
  void start() {
    gateway =
        Gateway.start(dir, Map.of("activation-patience", "300ms", "activation-timeout", "60s"));
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort()).usePlaintext().build();
    activator = new RemoteActivator(channel, LONG);
    gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
    gateway.post("/system/scale-function/f", "{\"serviceName\":\"f\",\"replicas\":0}");
    await().atMost(LONG).until(() -> gateway.provider.wish(F).replicas() == 0);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    gateway.close();
  }

  private CompletableFuture<Outcome> activate() {
    return activator.activate(FunctionRef.INGRESS, F);
  }

  private String metrics() {
    return gateway.metrics("/metrics").body();
  }

  @Test
  void manyCallsStartOneReplicaAndAllGoOnWhenItIsReady() throws Exception {
    List<CompletableFuture<Outcome>> calls = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      calls.add(activate());
    }
    await().atMost(LONG).until(() -> metrics().contains("directfaas_cold_calls_waiting 100\n"));
    assertThat(gateway.provider.wish(F).replicas()).isEqualTo(1);
    assertThat(calls).noneMatch(CompletableFuture::isDone);

    gateway.provider.report("f", 5, ReplicaState.STARTING);
    gateway.provider.report("f", 5, ReplicaState.READY);

    for (CompletableFuture<Outcome> call : calls) {
      assertThat(call.get(60, TimeUnit.SECONDS)).isInstanceOf(Outcome.Ready.class);
    }
    assertThat(metrics())
        .contains(
            "directfaas_cold_calls_waiting 0\n",
            "directfaas_cold_calls_total{outcome=\"ready\"} 100\n");
    assertThat(gateway.provider.calls.stream().filter(("apply " + F)::equals)).hasSize(3);
  }

  @Test
  void aFunctionThatIsScaledToZeroWhileCallsWaitIsStartedAgain() throws Exception {
    CompletableFuture<Outcome> call = activate();
    await().atMost(LONG).until(() -> gateway.provider.wish(F).replicas() == 1);

    gateway.post("/system/scale-function/f", "{\"serviceName\":\"f\",\"replicas\":0}");

    // Deployed, to zero, started, to zero, started.
    await()
        .atMost(LONG)
        .until(() -> gateway.provider.calls.stream().filter(("apply " + F)::equals).count() == 5);
    assertThat(gateway.provider.wish(F).replicas()).isEqualTo(1);
    gateway.provider.report("f", 5, ReplicaState.READY);
    assertThat(call.get(60, TimeUnit.SECONDS)).isInstanceOf(Outcome.Ready.class);
  }

  @Test
  void whoGivesUpIsNotWaitedFor() {
    CompletableFuture<Outcome> call = activate();
    await().atMost(LONG).until(() -> metrics().contains("directfaas_cold_calls_waiting 1\n"));

    call.cancel(false);

    await().atMost(LONG).until(() -> metrics().contains("directfaas_cold_calls_waiting 0\n"));
  }

  @Test
  void aFunctionThatFailsToStartIsRefusedWithItsProblem() throws Exception {
    gateway.provider.problems.put(F, "exited with 3: no such model");

    assertThat(activate().get(60, TimeUnit.SECONDS))
        .isEqualTo(
            new Outcome.Refused(503, "openfaas-fn/f does not start: exited with 3: no such model"));
  }

  @Test
  void aFunctionThatIsDeletedMeanwhileIsNotFound() throws Exception {
    CompletableFuture<Outcome> call = activate();
    await().atMost(LONG).until(() -> metrics().contains("directfaas_cold_calls_waiting 1\n"));

    gateway.delete("/system/functions", "{\"functionName\":\"f\"}");

    assertThat(call.get(60, TimeUnit.SECONDS))
        .isEqualTo(new Outcome.Refused(404, "openfaas-fn/f is not deployed any more"));
  }

  @Test
  void labelsThatMeanNothingAreRefused() {
    for (String label :
        List.of(
            "com.openfaas.scale.type\":\"speed",
            "com.openfaas.scale.target\":\"-1",
            "com.openfaas.scale.target-proportion\":\"1.5",
            "com.openfaas.scale.zero\":\"yes",
            "com.openfaas.scale.zero-duration\":\"soon")) {
      Gateway.Answer answer =
          gateway.deploy("{\"service\":\"g\",\"image\":\"i\",\"labels\":{\"" + label + "\"}}");
      assertThat(answer.status()).as(label).isEqualTo(400);
      assertThat(answer.body()).startsWith("labels[\"com.openfaas.scale.");
    }
  }
}
