package io.directfaas.xds.stream;

import static io.directfaas.xds.protocol.ResourceType.CLUSTER;
import static io.directfaas.xds.protocol.ResourceType.ENDPOINT;
import static io.directfaas.xds.protocol.ResourceType.EXTENSION_CONFIG;
import static io.directfaas.xds.protocol.ResourceType.LISTENER;
import static io.directfaas.xds.protocol.ResourceType.ROUTE;
import static io.directfaas.xds.protocol.ResourceType.SECRET;
import static io.directfaas.xds.stream.Rig.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What xDS servers in use get wrong, each as what must hold here; by raw clients over gRPC. {@code
 * getsNothing} is no matter of time: the answer to a later request has come, and nothing before it.
 */
class KnownDefectsTest {
  private final Rig rig = new Rig();

  @AfterEach
  void close() {
    rig.close();
  }

  // ---- NACKs ----

  @Test
  void aRefusedFirstConfigurationIsNotSentAgainInStateOfTheWorld() {
    rig.set("a", CLUSTER, "c@bad").publishAndPush("a");
    SotwClient client = rig.sotw("a1", "a").subscribe(CLUSTER).refuses(CLUSTER, 1);
    client.getsNothing().subscribe(CLUSTER).getsNothing();
    assertThat(rig.metrics.rejects()).isEqualTo(1);
  }

  @Test
  void aRefusedUpdateIsNotSentAgainAndTheLastGoodStays() {
    rig.set("a", CLUSTER, "c@1", "d@1").publishAndPush("a");
    SotwClient client = rig.sotw("a1", "a").subscribe(CLUSTER).gets(CLUSTER, 2);
    rig.set("a", CLUSTER, "c@bad", "d@1").publishAndPush("a");
    client.refuses(CLUSTER, 2).getsNothing();
    rig.set("a", CLUSTER, "c@bad", "d@2").publishAndPush("a");
    // Both are there, c as it was: what is left out of such a response counts as removed.
    client.gets(CLUSTER, 2).getsNothing();
    rig.set("a", CLUSTER, "c@good", "d@2").publishAndPush("a");
    client.gets(CLUSTER, 2).getsNothing();
  }

  @Test
  void refusedNamedResourcesAreNotSentAgainInTheIncrementalVariant() {
    rig.set("a", ENDPOINT, "e@bad").publishAndPush("a");
    DeltaClient client =
        rig.delta("a1", "a").subscribe(ENDPOINT, "e").refuses("ClusterLoadAssignment: e@bad");
    client.getsNothing();
    // Not by another publication either, and not by asking again.
    rig.publishAndPush("a");
    client.getsNothing().subscribe(ENDPOINT, "e").getsNothing();
    rig.set("a", ENDPOINT, "e@good").publishAndPush("a");
    client.gets("ClusterLoadAssignment: e@good").getsNothing();
  }

  @Test
  void aStormOfNacksCostsOneResponsePerBadVersion() {
    DeltaClient client = rig.delta("a1", "a").subscribe(ENDPOINT, "e");
    for (int i = 0; i < 20; i++) {
      rig.set("a", ENDPOINT, "e@bad" + i).publishAndPush("a");
      DeltaDiscoveryResponse response = client.next();
      for (int again = 0; again < 10; again++) {
        client.nack(response);
      }
      client.getsNothing();
    }
    assertThat(rig.metrics.rejects()).isEqualTo(20);
    assertThat(rig.metrics.resourcesSent(ENDPOINT.url())).isEqualTo(20);
  }

  // ---- what comes, goes and comes again ----

  @Test
  void aNamedResourceThatGoesAndComesAgainIsDeliveredOnTheSameStream() {
    rig.set("a", SECRET, "s@1").publishAndPush("a");
    SotwClient client = rig.sotw("a1", "a").subscribe(SECRET, "s").gets(SECRET, 1);
    rig.set("a").publishAndPush("a");
    client.getsNothing();
    rig.set("a", SECRET, "s@1").publishAndPush("a");
    client.gets(SECRET, 1).getsNothing();
  }

  @Test
  void aHintForWhatDoesNotExistYetDoesNotLoseTheWatch() {
    rig.set("a", SECRET, "s@1").publishAndPush("a");
    SotwClient client = rig.sotw("a1", "a").subscribe(SECRET, "s").gets(SECRET, 1);
    client.subscribe(SECRET, "s", "later").getsNothing();
    rig.set("a", SECRET, "s@1", "later@1").publishAndPush("a");
    client.gets(SECRET, 1).getsNothing();
  }

  @Test
  void removedAndMadeAgainIsDeliveredInTheIncrementalVariantToo() {
    rig.set("a", ENDPOINT, "e@1").publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(ENDPOINT, "e");
    client.gets("ClusterLoadAssignment: e@1");
    rig.set("a").publishAndPush("a");
    client.gets("ClusterLoadAssignment: -e");
    rig.set("a", ENDPOINT, "e@1").publishAndPush("a");
    client.gets("ClusterLoadAssignment: e@1").getsNothing();
  }

  // ---- names ----

  @Test
  void aMissingNameDoesNotHoldBackThePresentOnes() {
    rig.set("a", LISTENER, "good@1").publishAndPush("a");
    rig.sotw("a1", "a").subscribe(LISTENER, "missing", "good").gets(LISTENER, 1).getsNothing();
    rig.delta("a2", "a")
        .subscribe(LISTENER, "missing", "good")
        .gets("Listener: good@1 -missing")
        .getsNothing();
  }

  @Test
  void aListenerThatDoesNotExistIsSaidNotToInsteadOfTimingOut() {
    rig.set("a", LISTENER, "good@1").publishAndPush("a");
    SotwClient client = rig.sotw("a1", "a").subscribe(LISTENER, "good").gets(LISTENER, 1);
    client.subscribe(LISTENER, "good", "missing").gets(LISTENER, 1).getsNothing();
    rig.sotw("a2", "a").subscribe(LISTENER, "missing").gets(LISTENER, 0).getsNothing();
  }

  @Test
  void theNodeIsNeededInTheFirstRequestOnly() {
    rig.set("a", resource(CLUSTER, "c@1"), resource(LISTENER, "l@1")).publishAndPush("a");
    rig.delta("a1", "a")
        .subscribe(CLUSTER)
        .gets("Cluster: c@1")
        .subscribe(ENDPOINT, "c")
        .gets("ClusterLoadAssignment: -c");
    SotwClient sotw = rig.sotw("a2", "a").subscribe(CLUSTER).gets(CLUSTER, 1);
    sotw.subscribe(LISTENER);
    assertThat(sotw.next().getTypeUrl()).isEqualTo(LISTENER.url());
  }

  @Test
  void anEmptySubscriptionGetsNoSecretsNowOrLater() {
    rig.set("a", SECRET, "s@1", "never-asked-for@1").publishAndPush("a");
    SotwClient sotw = rig.sotw("a1", "a").subscribe(SECRET).getsNothing();
    sotw.subscribe(SECRET, "s").gets(SECRET, 1);
    DeltaClient delta = rig.delta("a2", "a").subscribe(SECRET).getsNothing();
    delta.subscribe(SECRET, "*").getsNothing();
    delta.subscribe(SECRET, "s").gets("Secret: s@1").unsubscribe(SECRET, "s");
    sotw.subscribe(SECRET).getsNothing();
    delta.getsNothing();
    rig.set("a", SECRET, "s@2", "never-asked-for@2").publishAndPush("a");
    sotw.getsNothing();
    delta.getsNothing();
  }

  @Test
  void namesSubscribedAreNoWildcardAndTheExplicitOneIs() {
    rig.set("a", CLUSTER, "a@1", "b@1").publishAndPush("a");
    rig.delta("a1", "a").subscribe(CLUSTER, "a").gets("Cluster: a@1").getsNothing();
    rig.delta("a2", "a").subscribe(CLUSTER, "*").gets("Cluster: a@1 b@1").getsNothing();
    rig.delta("a3", "a").subscribe(CLUSTER, "missing").gets("Cluster: -missing").getsNothing();
  }

  // ---- streams ----

  @Test
  void onlyTheDifferenceToTheInitialVersionsIsSentAndWhatIsGoneIsRemoved() {
    rig.set("a", CLUSTER, "kept@1", "changed@2", "new@1").publishAndPush("a");
    rig.delta("a1", "a")
        .resume(CLUSTER, Map.of("kept", "1", "changed", "1", "gone", "1"))
        .gets("Cluster: changed@2 new@1 -gone")
        .getsNothing();
    rig.set("b", ENDPOINT, "e@1").publishAndPush("b");
    rig.delta("b1", "b").resume(ENDPOINT, Map.of("e", "1"), "e").getsNothing();
  }

  @Test
  void aTypeNobodyKnowsIsAnsweredAndTheStreamLives() {
    rig.set("a", CLUSTER, "c@1").publishAndPush("a");
    ResourceType unknown = ResourceType.of("type.googleapis.com/no.Such");
    rig.delta("a1", "a")
        .subscribe(unknown, "x")
        .gets("other: -x")
        .subscribe(EXTENSION_CONFIG, "filter")
        .gets("TypedExtensionConfig: -filter")
        .subscribe(CLUSTER)
        .gets("Cluster: c@1")
        .getsNothing();
    rig.sotw("a2", "a")
        .subscribe(unknown, "x")
        .gets(unknown, 0)
        .subscribe(CLUSTER)
        .gets(CLUSTER, 1);
  }

  @Test
  void anAckNobodyWaitsForHarmsNothing() {
    rig.set("a", CLUSTER, "c@1").publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(CLUSTER).gets("Cluster: c@1");
    client.request(
        DeltaDiscoveryRequest.newBuilder().setTypeUrl(CLUSTER.url()).setResponseNonce("never"));
    client.request(
        DeltaDiscoveryRequest.newBuilder().setTypeUrl(ROUTE.url()).setResponseNonce("1"));
    client.getsNothing();
    rig.set("a", CLUSTER, "c@2").publishAndPush("a");
    client.gets("Cluster: c@2").getsNothing();
    assertThat(rig.metrics.expiredNonces()).isEqualTo(1);
  }

  @Test
  void clustersAreRemovedOnlyWhenTheNewRoutesAreAcked() {
    rig.set(
            "a",
            resource(CLUSTER, "a@1"),
            resource(ENDPOINT, "a@1"),
            resource(LISTENER, "l@1"),
            resource(ROUTE, "r@1"))
        .publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(CLUSTER).gets("Cluster: a@1");
    client.subscribe(ENDPOINT, "a").gets("ClusterLoadAssignment: a@1");
    client.subscribe(LISTENER).gets("Listener: l@1");
    client.subscribe(ROUTE, "r").gets("RouteConfiguration: r@1");
    rig.set(
            "a",
            resource(CLUSTER, "b@1"),
            resource(ENDPOINT, "b@1"),
            resource(LISTENER, "l@1"),
            resource(ROUTE, "r@2"))
        .publishAndPush("a");
    client.gets("Cluster: b@1").getsNothing();
    client.subscribe(ENDPOINT, "b");
    DeltaDiscoveryResponse endpoints = client.next();
    assertThat(DeltaClient.text(endpoints)).isEqualTo("ClusterLoadAssignment: b@1");
    client.getsNothing().ack(endpoints);
    DeltaDiscoveryResponse routes = client.next();
    assertThat(DeltaClient.text(routes)).isEqualTo("RouteConfiguration: r@2");
    client.getsNothing().ack(routes);
    client.gets("Cluster: -a").gets("ClusterLoadAssignment: -a").getsNothing();
  }

  /**
   * A change made where another is acked: neither is lost, nobody waits for himself, and a change
   * is not called live before the client has acked that very one.
   */
  @Test
  void aChangePublishedFromWithinTheCompletionOfTheLastReachesTheClientAndWaitsForIt()
      throws Exception {
    rig.set("a", LISTENER, "l@0").publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(LISTENER).gets("Listener: l@0");
    client.getsNothing();
    List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<List<Laggard>> done = new CompletableFuture<>();
    rig.set("a", LISTENER, "l@1");
    rig.publish("a")
        .whenComplete(
            (laggards, error) -> {
              // On the thread on which the client's ACK is being handled.
              order.add("first live");
              rig.set("a", LISTENER, "l@2");
              rig.publish("a")
                  .whenComplete(
                      (more, failure) -> {
                        order.add("second live");
                        done.complete(more);
                      });
              order.add("second published");
            });
    client.gets("Listener: l@1");
    DeltaDiscoveryResponse second = client.next();
    assertThat(DeltaClient.text(second)).isEqualTo("Listener: l@2");
    client.getsNothing();
    assertThat(order).containsExactly("first live", "second published");
    client.ack(second);
    assertThat(done.get(30, TimeUnit.SECONDS)).isEmpty();
    assertThat(order).containsExactly("first live", "second published", "second live");
  }

  @Test
  void aChainOfChangesEachPublishedWhereTheLastIsAckedEnds() throws Exception {
    rig.set("a", LISTENER, "l@0").publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(LISTENER).gets("Listener: l@0");
    CompletableFuture<Integer> end = new CompletableFuture<>();
    client.getsNothing();
    publishNext(1, end);
    for (int i = 1; i <= 50; i++) {
      client.gets("Listener: l@" + i);
    }
    assertThat(end.get(30, TimeUnit.SECONDS)).isEqualTo(50);
    client.getsNothing();
  }

  private void publishNext(int version, CompletableFuture<Integer> end) {
    rig.set("a", LISTENER, "l@" + version);
    rig.publish("a")
        .thenAccept(
            laggards -> {
              if (version < 50 && laggards.isEmpty()) {
                publishNext(version + 1, end);
              } else {
                end.complete(version);
              }
            });
  }

  @Test
  void responsesOfAStreamKeepTheirOrderHoweverFastChangesCome() {
    rig.set("a", LISTENER, "l@0").publishAndPush("a");
    DeltaClient client = rig.delta("a1", "a").subscribe(LISTENER).gets("Listener: l@0");
    for (int i = 1; i <= 200; i++) {
      rig.set("a", LISTENER, "l@" + i);
      rig.publish("a");
    }
    int last = 0;
    while (last < 200) {
      DeltaDiscoveryResponse response = client.next();
      int version = Integer.parseInt(response.getResources(0).getVersion());
      assertThat(version).isGreaterThan(last);
      last = version;
      client.ack(response);
    }
    client.getsNothing();
  }

  @Test
  void clientsThatInventNodesLeaveNothingBehind() throws Exception {
    rig.set("a", CLUSTER, "c@1").publishAndPush("a");
    var channel = rig.channel("a1", "a");
    for (int i = 0; i < 20; i++) {
      DeltaClient liar = new DeltaClient(channel, "invented-" + i, "acme/a").subscribe(CLUSTER);
      assertThat(liar.ended().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(liar.responses).isEmpty();
    }
    await().until(() -> rig.registry.streams().isEmpty());
    assertThat(rig.registry.sidecars()).isEmpty();
    assertThat(rig.registry.pushes().size()).isZero();
  }

  @Test
  void aStreamThatEndsInWhateverWayIsForgotten() {
    rig.set("a", CLUSTER, "c@1").publishAndPush("a");
    DeltaClient cancelled = rig.delta("a1", "a").subscribe(CLUSTER).gets("Cluster: c@1");
    DeltaClient completed = rig.delta("a2", "a").subscribe(CLUSTER).gets("Cluster: c@1");
    DeltaClient silent = rig.delta("a3", "a");
    await().until(() -> rig.registry.streams().size() == 3);
    cancelled.requests().cancel("gone", null);
    completed.requests().onCompleted();
    silent.requests().cancel("gone", null);
    await().until(() -> rig.registry.streams().isEmpty());
    assertThat(rig.metrics.streams.get()).isZero();
    await().until(() -> rig.registry.pushes().size() == 0);
    // Nobody is waited for.
    assertThat(rig.publish("a").join()).isEmpty();
  }

  @Test
  void equalContentIsOfEqualVersionOnEveryStreamAndAfterARestart() {
    rig.set("a", CLUSTER, "c@1", "d@1").publishAndPush("a");
    DiscoveryResponse first = rig.sotw("a1", "a").subscribe(CLUSTER).next();
    try (Rig second = new Rig()) {
      second.set("b", CLUSTER, "x@1").publishAndPush("b");
      second.set("a", CLUSTER, "c@1", "d@1").publishAndPush("a");
      DiscoveryResponse other = second.sotw("a1", "a").subscribe(CLUSTER).next();
      assertThat(other.getVersionInfo()).isEqualTo(first.getVersionInfo());
    }
  }
}
