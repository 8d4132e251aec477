package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.Gateway.Answer;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.watch.FabricSubscriber;
import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.graph.watch.MeshSubscriber;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  private static final Map<String, String> BOTH = Map.of("expect", "fabric,mesh");
  private static final String F = "{\"service\":\"f\",\"image\":\"i\"}";

  @TempDir Path stateDir;

  @Test
  void aWriteThatWaitsIsAnsweredWhenFabricAndMeshHaveIt() {
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      Answer deployed = gateway.post("/system/functions?wait=20s", F);
      assertThat(deployed.status()).isEqualTo(202);
      FunctionRef ref = new FunctionRef("openfaas-fn", "f");
      assertThat(followers.prepared.edge(FunctionRef.INGRESS, ref)).isPresent();
      assertThat(followers.pushed.edge(FunctionRef.INGRESS, ref)).isPresent();

      Answer progress = gateway.get("/system/revisions/" + deployed.revision());
      assertThat(progress.json().get("live").booleanValue()).isTrue();
      assertThat(progress.json().at("/subscribers/0/role").stringValue()).isIn("fabric", "mesh");

      Answer deleted = gateway.delete("/system/functions?wait=20s", "{\"functionName\":\"f\"}");
      assertThat(deleted.status()).isEqualTo(202);
      assertThat(followers.retired).isEqualTo(deleted.revision());
    }
  }

  @Test
  void aFunctionsWordOnNamesWinsOverItsNamespaces() {
    FunctionRef f = new FunctionRef("openfaas-fn", "f");
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      gateway.post("/system/functions?wait=20s", F);
      assertThat(followers.names(f)).isEqualTo(NameRoute.REPLICA);

      namespaceNames(gateway, "sidecar");
      assertThat(followers.names(f)).isEqualTo(NameRoute.SIDECAR);

      gateway.put(
          "/system/functions?wait=20s",
          "{\"service\":\"f\",\"image\":\"i\",\"annotations\":{\"directfaas.io/names\":\"replica\"}}");
      assertThat(followers.names(f)).isEqualTo(NameRoute.REPLICA);
    }
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      gateway.put("/system/functions?wait=20s", F);
      assertThat(followers.names(f)).as("after a restart").isEqualTo(NameRoute.SIDECAR);

      namespaceNames(gateway, "replica");
      assertThat(followers.names(f)).isEqualTo(NameRoute.REPLICA);
      assertThat(gateway.get("/system/graph").json().at("/functions/1/names").stringValue())
          .isEqualTo("replica");
    }
  }

  private static void namespaceNames(Gateway gateway, String names) {
    assertThat(
            gateway
                .put(
                    "/system/namespace/openfaas-fn?wait=20s",
                    "{\"name\":\"openfaas-fn\",\"annotations\":{\"directfaas.io/names\":\""
                        + names
                        + "\"}}")
                .status())
        .isLessThan(300);
  }

  @Test
  void aWriteThatWaitsInVainIsStoredAndSaysWhoLags() {
    try (Gateway gateway = Gateway.start(stateDir, BOTH)) {
      Answer answer = gateway.post("/system/functions?wait=300ms", F);
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body())
          .startsWith("revision 2 is accepted, but not in force everywhere yet: ")
          .contains("no fabric is connected");
      assertThat(answer.revision()).isEqualTo(2);
      assertThat(gateway.get("/system/function/f").status()).isEqualTo(200);
      assertThat(gateway.get("/system/revisions/2").json().get("live").booleanValue()).isFalse();
    }
  }

  @Test
  void aSidecarThatLagsIsNamed() {
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      followers.laggards = List.of(new Laggard("f-abcde", "NACK: no such cluster"));
      Answer answer = gateway.post("/system/functions?wait=20s", F);
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).contains("f-abcde: NACK: no such cluster");
    }
  }

  @Test
  void aRestartGoesOnWithTheSameGraphAtTheSameRevision() {
    Graph before;
    try (Gateway gateway = Gateway.start(stateDir);
        Followers followers = new Followers(gateway)) {
      gateway.deploy("{\"service\":\"g\",\"image\":\"i\"}");
      long revision =
          gateway
              .deploy(
                  """
                  {"service":"f","image":"i","annotations":{"directfaas.io/calls":"g"}}\
                  """)
              .revision();
      await().until(() -> followers.pushed.revision() == revision);
      before = followers.pushed;
    }
    try (Gateway gateway = Gateway.start(stateDir);
        Followers followers = new Followers(gateway)) {
      await().until(() -> followers.pushed.revision() == before.revision());
      assertThat(followers.pushed).isEqualTo(before);
      assertThat(followers.pushed.id()).isEqualTo(before.id());
    }
  }

  @Test
  void revisionsThatDoNotExistAreNotFound() {
    try (Gateway gateway = Gateway.start(stateDir)) {
      assertThat(gateway.get("/system/revisions/1").status()).isEqualTo(200);
      assertThat(gateway.get("/system/revisions/0").status()).isEqualTo(404);
      assertThat(gateway.get("/system/revisions/2").status()).isEqualTo(404);
      assertThat(gateway.get("/system/revisions/x").status()).isEqualTo(400);
      assertThat(gateway.post("/system/functions?wait=soon", F).status()).isEqualTo(400);
      assertThat(gateway.post("/system/functions?wait=999m", F).status()).isEqualTo(400);
    }
  }

  @Test
  void theFabricHasAChangeBeforeTheMeshIsToldAndClosesAfterIt() {
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      long opened = gateway.post("/system/functions?wait=20s", F).revision();
      long closed =
          gateway.delete("/system/functions?wait=20s", "{\"functionName\":\"f\"}").revision();

      for (long revision : new long[] {opened, closed}) {
        assertThat(followers.stagesOf(revision)).as("%d", revision).startsWith("prepare", "go");
      }
      assertThat(followers.stagesOf(closed)).containsExactly("prepare", "go", "retire");
      assertThat(gateway.get("/system/revisions/" + closed).json().get("retired").booleanValue())
          .isTrue();
    }
  }

  @Test
  void aTenantThatIsDeletedIsRevokedWhenItsDeletionIsAnswered() {
    FunctionRef callee = new FunctionRef("acme", "f");
    FunctionRef caller = new FunctionRef("openfaas-fn", "g");
    try (Gateway gateway = Gateway.start(stateDir, BOTH);
        Followers followers = new Followers(gateway)) {
      gateway.post(
          "/system/namespace/", "{\"name\":\"acme\",\"annotations\":{\"openfaas\":\"1\"}}");
      gateway.post(
          "/system/functions",
          """
          {"service":"f","namespace":"acme","image":"i",
           "annotations":{"directfaas.io/allow-callers":"openfaas-fn/*"}}
          """);
      gateway.post(
          "/system/functions?wait=20s",
          """
          {"service":"g","image":"i","annotations":{"directfaas.io/calls":"acme/f"}}
          """);
      assertThat(followers.pushed.edge(caller, callee)).isPresent();

      Answer deleted = gateway.delete("/system/namespace/acme?wait=20s", "{}");

      assertThat(deleted.status()).as(deleted.body()).isEqualTo(202);
      for (Graph graph : List.of(followers.prepared, followers.pushed)) {
        assertThat(graph.tenant("acme")).isEmpty();
        assertThat(graph.function(callee)).isEmpty();
        assertThat(graph.edge(caller, callee)).isEmpty();
        assertThat(graph.edge(FunctionRef.INGRESS, callee)).isEmpty();
        assertThat(graph.function(caller)).isPresent();
      }
      assertThat(followers.retired).isEqualTo(deleted.revision());
      assertThat(gateway.get("/system/functions?namespace=acme").status()).isEqualTo(400);
      assertThat(gateway.get("/system/function/g").status()).isEqualTo(200);
    }
  }

  /** A fabric and a mesh that accept everything. */
  private static final class Followers implements AutoCloseable {
    volatile Graph prepared = Graph.empty("none");
    volatile Graph pushed = Graph.empty("none");
    volatile long retired;
    private final List<String> stages = new CopyOnWriteArrayList<>();
    volatile List<Laggard> laggards = List.of();
    private final ManagedChannel channel;
    private final GraphWatcher fabric;
    private final GraphWatcher mesh;

    Followers(Gateway gateway) {
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort()).usePlaintext().build();
      fabric =
          GraphWatcher.fabric(
              "fabric",
              channel,
              new FabricSubscriber() {
                @Override
                public CompletionStage<List<Laggard>> prepare(Graph target) {
                  stages.add(target.revision() + " prepare");
                  prepared = target;
                  return CompletableFuture.completedFuture(List.of());
                }

                @Override
                public CompletionStage<List<Laggard>> retire(long revision) {
                  stages.add(revision + " retire");
                  retired = revision;
                  return CompletableFuture.completedFuture(List.of());
                }
              });
      mesh =
          GraphWatcher.mesh(
              "mesh",
              channel,
              new MeshSubscriber() {
                @Override
                public CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta) {
                  stages.add(target.revision() + " go");
                  pushed = target;
                  return CompletableFuture.completedFuture(laggards);
                }
              });
      fabric.start();
      mesh.start();
    }

    /** What happened of a revision, in order. */
    List<String> stagesOf(long revision) {
      String prefix = revision + " ";
      return stages.stream()
          .filter(stage -> stage.startsWith(prefix))
          .map(stage -> stage.substring(prefix.length()))
          .toList();
    }

    NameRoute names(FunctionRef ref) {
      return pushed.function(ref).orElseThrow().names();
    }

    @Override
    public void close() {
      fabric.close();
      mesh.close();
      channel.shutdownNow();
    }
  }
}
