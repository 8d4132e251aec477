package io.directfaas.xds.protocol;

import static io.directfaas.xds.protocol.ResourceType.CLUSTER;
import static io.directfaas.xds.protocol.ResourceType.ENDPOINT;
import static io.directfaas.xds.protocol.ResourceType.ROUTE;
import static io.directfaas.xds.protocol.ResourceType.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The incremental variant; each case quotes the rule of the specification it stands for. */
class DeltaProtocolTest {
  private final Client client = new Client();

  /** "The first request on a stream … an empty resource_names_subscribe … treated as *". */
  @Test
  void aFirstRequestWithoutNamesIsAWildcardForClusters() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1")).delta(CLUSTER);
    assertThat(client.next()).isEqualTo("Cluster: a@1 b@1");
  }

  /** "For Listener and Cluster resource types, there is also a wildcard subscription". */
  @Test
  void otherTypesHaveNoWildcardWhateverIsAskedFor() {
    client.offer(FakeView.of(SECRET, "s@1").with(ENDPOINT, "e@1").with(ROUTE, "r@1"));
    client.delta(SECRET).delta(ENDPOINT, "*").delta(ROUTE);
    assertThat(client.next()).isEqualTo("nothing");
    client.unsubscribe(SECRET, "s");
    client.offer(FakeView.of(SECRET, "s@2"));
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** "Continuing the existing subscription to * and adding a new subscription to A." */
  @Test
  void aNameAddedToTheLegacyWildcardLeavesTheWildcard() {
    client.offer(FakeView.of(CLUSTER, "a@1")).delta(CLUSTER);
    client.next();
    client.ack().delta(CLUSTER, "x");
    assertThat(client.next()).isEqualTo("Cluster: -x");
    client.ack().offer(FakeView.of(CLUSTER, "a@1", "b@1", "x@1"));
    assertThat(client.next()).isEqualTo("Cluster: b@1 x@1");
    client.ack().unsubscribe(CLUSTER, "*");
    client.offer(FakeView.of(CLUSTER, "a@2", "b@2", "x@2"));
    assertThat(client.next()).isEqualTo("Cluster: x@2");
    client.ack().unsubscribe(CLUSTER, "x");
    client.offer(FakeView.of(CLUSTER, "a@3", "x@3"));
    // "Although the set of subscribed resources is now empty, it is not interpreted as a wildcard."
    assertThat(client.next()).isEqualTo("nothing");
  }

  @Test
  void theExplicitWildcardStandsForAllNamesAndEndsByItsName() {
    client.offer(FakeView.of(CLUSTER, "a@1")).delta(CLUSTER, "*");
    assertThat(client.next()).isEqualTo("Cluster: a@1");
    client.ack().unsubscribe(CLUSTER, "*").offer(FakeView.of(CLUSTER, "a@2"));
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** A wildcard may still hold what is unsubscribed by name; the client must be told. */
  @Test
  void unsubscribingANameUnderAWildcardIsAnsweredWithWhatHoldsNow() {
    client.offer(FakeView.of(CLUSTER, "a@1")).delta(CLUSTER, "*", "a", "x");
    client.next();
    client.ack().unsubscribe(CLUSTER, "a", "x");
    assertThat(client.next()).isEqualTo("Cluster: a@1 -x");
  }

  /** "Only the resources named … a missing one must not block the others." */
  @Test
  void missingNamesAreReportedAndDoNotBlockPresentOnes() {
    client.offer(FakeView.of(ENDPOINT, "a@1")).delta(ENDPOINT, "a", "gone");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@1 -gone");
    // The subscription stays: it is delivered once it exists.
    client.ack().offer(FakeView.of(ENDPOINT, "a@1", "gone@1"));
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: gone@1");
  }

  @Test
  void aResourceRemovedAndMadeAgainIsDeliveredAgain() {
    client.offer(FakeView.of(ENDPOINT, "a@1")).delta(ENDPOINT, "a");
    client.drain();
    client.offer(FakeView.of(ENDPOINT));
    assertThat(client.drain()).containsExactly("ClusterLoadAssignment: -a");
    client.offer(FakeView.of(ENDPOINT, "a@1"));
    assertThat(client.drain()).containsExactly("ClusterLoadAssignment: a@1");
  }

  @Test
  void aChangeSendsWhatChangedAndNothingElse() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1", "c@1")).delta(CLUSTER);
    client.drain();
    client.offer(FakeView.of(CLUSTER, "a@1", "b@2", "d@1"));
    assertThat(client.next()).isEqualTo("Cluster: b@2 d@1 -c");
  }

  /** "initial_resource_versions … so that the server sends only what the client lacks." */
  @Test
  void onReconnectOnlyTheDifferenceToTheInitialVersionsIsSent() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@2", "d@1"));
    client.delta(CLUSTER, List.of(), List.of(), Map.of("a", "1", "b", "1", "c", "1"));
    assertThat(client.drain()).containsExactly("Cluster: b@2 d@1 -c");
  }

  @Test
  void onReconnectAnUpToDateClientIsSentNothing() {
    client.offer(FakeView.of(CLUSTER, "a@1").with(ENDPOINT, "a@7"));
    client.delta(CLUSTER, List.of(), List.of(), Map.of("a", "1"));
    client.delta(ENDPOINT, List.of("a"), List.of(), Map.of("a", "7"));
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** "If the client re-subscribes … the server must re-send it even if it has not changed." */
  @Test
  void subscribingAgainLaterSendsAgain() {
    client.offer(FakeView.of(ENDPOINT, "a@1")).delta(ENDPOINT, "a");
    client.drain();
    client.delta(ENDPOINT, "a");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@1");
  }

  @Test
  void atMostOneResponseOfATypeIsUnanswered() {
    client.offer(FakeView.of(CLUSTER, "a@1")).delta(CLUSTER);
    client.next();
    client.offer(FakeView.of(CLUSTER, "a@2"));
    client.offer(FakeView.of(CLUSTER, "a@3"));
    assertThat(client.next()).isEqualTo("nothing");
    client.ack();
    assertThat(client.drain()).containsExactly("Cluster: a@3");
  }

  /** NACK: "the client keeps the previous version"; sending the same again can only loop. */
  @Test
  void aRefusedVersionIsNeverSentAgainAndAnotherIs() {
    client.offer(FakeView.of(ENDPOINT, "a@bad")).delta(ENDPOINT, "a");
    client.next();
    client.nack();
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.refusal()).isEqualTo("a: bad");
    client.delta(ENDPOINT, "a").offer(FakeView.of(ENDPOINT, "a@bad"));
    assertThat(client.next()).isEqualTo("nothing");
    client.offer(FakeView.of(ENDPOINT, "a@good"));
    assertThat(client.drain()).containsExactly("ClusterLoadAssignment: a@good");
    assertThat(client.state.refusal()).isEmpty();
  }

  /** Until then it reports the error of the version it refused. */
  @Test
  void whatTheClientHoldsIsSentOnceMoreWhenTheRefusedVersionIsTakenBack() {
    client.offer(FakeView.of(ROUTE, "a@1", "b@1")).delta(ROUTE, "a", "b");
    client.drain();
    client.offer(FakeView.of(ROUTE, "a@bad", "b@1"));
    client.next();
    client.nack();
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.parked()).isEqualTo(1);
    client.offer(FakeView.of(ROUTE, "a@1", "b@1"));
    assertThat(client.drain()).containsExactly("RouteConfiguration: a@1");
    assertThat(client.state.parked()).isZero();
    assertThat(client.state.resources().get(ROUTE))
        .allMatch(resource -> resource.refusal().isEmpty() && resource.acked().equals("1"));
  }

  @Test
  void aClientThatThenRefusesWhatItHoldsIsNotSentItForEver() {
    client.offer(FakeView.of(ROUTE, "a@1")).delta(ROUTE, "a");
    client.drain();
    client.offer(FakeView.of(ROUTE, "a@bad"));
    client.next();
    client.nack().offer(FakeView.of(ROUTE, "a@1"));
    assertThat(client.next()).isEqualTo("RouteConfiguration: a@1");
    client.nack();
    assertThat(client.next()).isEqualTo("nothing");
  }

  @Test
  void thatHoldsForEachThatWasInARefusedResponseToo() {
    client.offer(FakeView.of(ROUTE, "a@1", "b@1")).delta(ROUTE, "a", "b");
    client.drain();
    client.offer(FakeView.of(ROUTE, "a@2", "b@bad"));
    client.next();
    client.nack().offer(FakeView.of(ROUTE, "a@1", "b@1"));
    assertThat(client.drain())
        .containsExactly("RouteConfiguration: a@1", "RouteConfiguration: b@1");
    client.offer(FakeView.of(ROUTE, "a@1", "b@1"));
    assertThat(client.next()).isEqualTo("nothing");
  }

  @Test
  void theCulpritOfARefusedResponseIsFoundByHalving() {
    client
        .offer(FakeView.of(ENDPOINT, "a@1", "b@1", "c@bad", "d@1"))
        .delta(ENDPOINT, "a", "b", "c", "d");
    client.next();
    client.nack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@1 b@1");
    client.ack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: c@bad d@1");
    client.nack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: c@bad");
    client.nack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: d@1");
    client.ack();
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.refusal()).isEqualTo("c: bad");
  }

  @Test
  void anUnknownNonceAnswersNothingButItsNamesCount() {
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@1")).delta(ENDPOINT, "a");
    client.next();
    client.nack("999");
    assertThat(client.next()).isEqualTo("nothing");
    client.state.onRequest(
        new XdsRequest.Delta(ENDPOINT.url(), "999", null, List.of("b"), List.of(), Map.of()));
    client.ack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@1");
    assertThat(client.state.refusal()).isEmpty();
  }

  @Test
  void anUnknownTypeIsAnsweredEmptyAndTheStreamGoesOn() {
    ResourceType unknown = ResourceType.of("type.googleapis.com/x.Unknown");
    client.offer(FakeView.of(CLUSTER, "a@1")).delta(unknown, "u").delta(CLUSTER);
    assertThat(client.next()).isEqualTo("Cluster: a@1");
    assertThat(client.next()).isEqualTo("Unknown: -u");
    client.ack();
    assertThat(client.next()).isEqualTo("nothing");
  }

  @Test
  void anEmptyWildcardIsAnsweredOnceSoThatTheClientCanStart() {
    client.offer(new FakeView(1)).delta(CLUSTER);
    assertThat(client.next()).isEqualTo("Cluster: ");
    client.ack();
    assertThat(client.next()).isEqualTo("nothing");
  }

  @Test
  void nothingIsSaidBeforeThereIsAView() {
    client.delta(CLUSTER).delta(ENDPOINT, "a");
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.settled()).isFalse();
  }
}
