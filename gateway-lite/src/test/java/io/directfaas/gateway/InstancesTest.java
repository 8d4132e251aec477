package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstancesTest {
  @Test
  void twoInstancesInOneProcessKnowNothingOfEachOther(@TempDir Path one, @TempDir Path two) {
    try (Gateway first = Gateway.start(one);
        Gateway second = Gateway.start(two)) {
      first.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      assertThat(first.get("/system/function/f").status()).isEqualTo(200);
      assertThat(second.get("/system/function/f").status()).isEqualTo(404);
      assertThat(first.get("/system/graph").json().get("id"))
          .isNotEqualTo(second.get("/system/graph").json().get("id"));
    }
  }

  @Test
  void oneStoreHasOneOwner(@TempDir Path stateDir) {
    try (Gateway first = Gateway.start(stateDir)) {
      assertThatThrownBy(() -> Gateway.start(stateDir).close())
          .hasRootCauseMessage("[SQLITE_BUSY] The database file is locked (database is locked)");
      assertThat(first.deploy("{\"service\":\"f\",\"image\":\"i\"}").status()).isEqualTo(202);
    }
  }

  @Test
  void parallelDeploysEachGetARevisionOfTheirOwn(@TempDir Path stateDir) throws Exception {
    try (Gateway gateway = Gateway.start(stateDir);
        ExecutorService clients = Executors.newFixedThreadPool(8)) {
      List<Callable<Answer>> deploys =
          IntStream.range(0, 80)
              .<Callable<Answer>>mapToObj(
                  i ->
                      () ->
                          gateway.deploy(
                              "{\"service\":\"f"
                                  + i
                                  + "\",\"image\":\"i\",\"annotations\":{\"directfaas.io/calls\":\"f"
                                  + (i + 1) % 80
                                  + "\"}}"))
              .toList();
      long[] revisions =
          clients.invokeAll(deploys).stream()
              .map(Future::resultNow)
              .mapToLong(Answer::revision)
              .sorted()
              .toArray();
      assertThat(revisions).containsExactly(IntStream.range(2, 82).asLongStream().toArray());
      assertThat(gateway.get("/system/functions").json()).hasSize(80);
      assertThat(gateway.get("/system/graph").json().get("edges")).hasSize(160);
    }
  }

  @Test
  void oneOfManyWhoDeployTheSameFunctionWins(@TempDir Path stateDir) throws Exception {
    try (Gateway gateway = Gateway.start(stateDir);
        ExecutorService clients = Executors.newFixedThreadPool(8)) {
      List<Callable<Integer>> deploys =
          IntStream.range(0, 16)
              .<Callable<Integer>>mapToObj(
                  i -> () -> gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}").status())
              .toList();
      List<Integer> statuses =
          clients.invokeAll(deploys).stream().map(Future::resultNow).sorted().toList();
      assertThat(statuses).hasSize(16).containsOnlyOnce(202).contains(409);
    }
  }

  @Test
  void aRestartedProviderGetsWhatIsDesiredAndWhatRan(@TempDir Path stateDir) throws Exception {
    FunctionRef ref = new FunctionRef("openfaas-fn", "f");
    try (Gateway gateway = Gateway.start(stateDir)) {
      gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      gateway.deploy("{\"service\":\"g\",\"image\":\"i\"}");
      org.awaitility.Awaitility.await().until(() -> gateway.provider.desired.size() == 2);
      gateway.post("/system/scale-function/f", "{\"replicas\":3}");
      gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
      gateway.provider.report("g", 4, ReplicaState.READY).toCompletableFuture().get();
      gateway.delete("/system/functions", "{\"functionName\":\"g\"}");
      gateway
          .provider
          .report(RecordingProvider.replica(Function.INGRESS.ref(), 2, ReplicaState.READY), 0)
          .toCompletableFuture()
          .get();
    }
    try (Gateway gateway = Gateway.start(stateDir)) {
      assertThat(gateway.provider.desired).containsOnlyKeys(ref);
      assertThat(gateway.provider.wish(ref).replicas()).isEqualTo(3);
      assertThat(gateway.provider.known)
          .extracting(known -> known.replica().id())
          .containsExactlyInAnyOrder("f-3", "g-4", "ingress-2");
      assertThat(gateway.provider.known)
          .filteredOn(known -> known.replica().function().equals(ref))
          .extracting(known -> known.generation())
          .containsExactly(gateway.provider.wish(ref).generation());
      gateway.provider.gone("g", 4).toCompletableFuture().get();
      assertThat(gateway.get("/system/graph").body()).doesNotContain("\"g\"");
    }
  }

  @Test
  void reportingWhatIsKnownMakesNoRevision(@TempDir Path stateDir) throws Exception {
    try (Gateway gateway = Gateway.start(stateDir)) {
      gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      org.awaitility.Awaitility.await().until(() -> gateway.provider.desired.size() == 1);
      long first = gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
      long again = gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
      assertThat(again).isEqualTo(first);
      assertThat(gateway.provider.gone("unknown", 9).toCompletableFuture().get()).isEqualTo(first);
    }
  }

  @Test
  void aReplicaThatBreaksARuleIsRefused(@TempDir Path stateDir) throws Exception {
    try (Gateway gateway = Gateway.start(stateDir)) {
      gateway.deploy("{\"service\":\"f\",\"image\":\"i\"}");
      gateway.deploy("{\"service\":\"g\",\"image\":\"i\"}");
      org.awaitility.Awaitility.await().until(() -> gateway.provider.desired.size() == 2);
      gateway.provider.report("f", 3, ReplicaState.READY).toCompletableFuture().get();
      assertThatThrownBy(
              () -> gateway.provider.report("g", 3, ReplicaState.READY).toCompletableFuture().get())
          .hasMessageContaining("10.88.0.3 belongs to replica f-3");
    }
  }
}
