package io.directfaas.xds.protocol;

import static io.directfaas.xds.protocol.ResourceType.CLUSTER;
import static io.directfaas.xds.protocol.ResourceType.ENDPOINT;
import static io.directfaas.xds.protocol.ResourceType.ROUTE;
import static io.directfaas.xds.protocol.ResourceType.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The state-of-the-world variant; each case quotes the rule of the specification it stands for. */
class SotwProtocolTest {
  private final Client client = new Client();

  private void ack(ResourceType type, String... names) {
    assertThat(client.sotw(type, client.response().nonce(), names)).isTrue();
  }

  /** "Client sends a request with resource_names unset. Server interprets this as *." */
  @Test
  void theWildcardBeginsWithoutNamesAndEndsWithTheFirstName() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1"));
    client.sotw(CLUSTER, "");
    assertThat(client.next()).isEqualTo("Cluster: a@1 b@1");
    ack(CLUSTER, "*", "a");
    client.offer(FakeView.of(CLUSTER, "a@2", "b@1"));
    assertThat(client.next()).isEqualTo("Cluster: a@2 b@1");
    ack(CLUSTER, "a");
    client.offer(FakeView.of(CLUSTER, "a@2", "b@2"));
    assertThat(client.next()).isEqualTo("nothing");
    // "Although this request is identical to the first one, it is not interpreted as a wildcard."
    client.sotw(CLUSTER, client.response().nonce());
    client.offer(FakeView.of(CLUSTER, "a@3", "b@3"));
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** "Empty names" for any other type subscribe to nothing; least of all to every secret. */
  @Test
  void secretsAndEndpointsHaveNoWildcard() {
    client.offer(FakeView.of(SECRET, "s@1").with(ENDPOINT, "e@1"));
    client.sotw(SECRET, "");
    client.sotw(ENDPOINT, "", "*");
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** "If a resource is missing from an LDS or CDS response, it is deleted." */
  @Test
  void clustersAreAlwaysSentInFull() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1"));
    client.sotw(CLUSTER, "");
    client.next();
    ack(CLUSTER);
    client.offer(FakeView.of(CLUSTER, "b@1", "c@1"));
    assertThat(client.next()).isEqualTo("Cluster: b@1 c@1");
  }

  /** "For other types … the server need not send what has not changed." */
  @Test
  void endpointsAreSentAsTheyChange() {
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@1"));
    client.sotw(ENDPOINT, "", "a", "b", "gone");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@1 b@1");
    ack(ENDPOINT, "a", "b", "gone");
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@2", "gone@1"));
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@2 gone@1");
  }

  /** Until then it reports the error of the version it refused. */
  @Test
  void whatTheClientHoldsIsSentOnceMoreWhenTheRefusedVersionIsTakenBack() {
    for (ResourceType type : List.of(CLUSTER, ROUTE)) {
      Client fresh = new Client();
      fresh.offer(FakeView.of(type, "a@1"));
      fresh.sotw(type, "", "a");
      String held = fresh.next();
      fresh.sotw(type, fresh.response().nonce(), "a");
      fresh.offer(FakeView.of(type, "a@bad"));
      fresh.next();
      fresh.sotwNack(type, fresh.response().nonce(), "a");
      assertThat(fresh.next()).isEqualTo("nothing");
      fresh.offer(FakeView.of(type, "a@1"));
      assertThat(fresh.next()).isEqualTo(held);
      fresh.sotw(type, fresh.response().nonce(), "a");
      assertThat(fresh.next()).isEqualTo("nothing");
      assertThat(fresh.state.parked()).isZero();
    }
  }

  @Test
  void namesAddedAreSentAndNamesDroppedAreForgotten() {
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@1"));
    client.sotw(ENDPOINT, "", "a");
    client.next();
    ack(ENDPOINT, "b");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@1");
    ack(ENDPOINT, "a", "b");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@1");
  }

  /** "A request with a stale nonce … the server should not respond to it." */
  @Test
  void aStaleNonceIsIgnoredWithAllItsNames() {
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@1"));
    client.sotw(ENDPOINT, "", "a");
    client.next();
    String first = client.response().nonce();
    ack(ENDPOINT, "a");
    client.offer(FakeView.of(ENDPOINT, "a@2", "b@1"));
    client.next();
    assertThat(client.sotw(ENDPOINT, first, "a", "b")).isFalse();
    assertThat(client.sotwNack(ENDPOINT, first, "a")).isFalse();
    assertThat(client.next()).isEqualTo("nothing");
    ack(ENDPOINT, "a", "b");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@1");
    assertThat(client.state.refusal()).isEmpty();
  }

  /** grpc-java, when its last watcher of a type goes while a response of it is under way. */
  @Test
  void whoDropsAllOfATypeOwesNoAnswerAndHoldsUpNothing() {
    client.offer(FakeView.of(ENDPOINT, "a@1"));
    client.sotw(ENDPOINT, "", "a");
    client.next();
    String known = client.response().nonce();
    ack(ENDPOINT, "a");
    client.offer(FakeView.of(ENDPOINT, "a@2"));
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@2");
    String unseen = client.response().nonce();
    assertThat(client.sotw(ENDPOINT, known)).isTrue();
    assertThat(client.state.settled()).isTrue();
    assertThat(client.next()).isEqualTo("nothing");

    // It comes back with the nonce that it knows of.
    assertThat(client.sotw(ENDPOINT, known, "a")).isTrue();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@2");
    assertThat(client.sotw(ENDPOINT, unseen, "a")).as("stale by now").isFalse();
    ack(ENDPOINT, "a");
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** As Envoy does, and who else answers whatever comes. */
  @Test
  void whoAnswersAfterDroppingAllIsUnderstoodToo() {
    client.offer(FakeView.of(ENDPOINT, "a@1", "b@1"));
    client.sotw(ENDPOINT, "", "a");
    client.next();
    String known = client.response().nonce();
    ack(ENDPOINT, "a");
    client.offer(FakeView.of(ENDPOINT, "a@2", "b@1"));
    client.next();
    assertThat(client.sotw(ENDPOINT, known)).isTrue();
    ack(ENDPOINT);
    assertThat(client.next()).isEqualTo("nothing");
    ack(ENDPOINT, "b");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@1");
  }

  /** An empty list of who never named anything is its wildcard. */
  @Test
  void aStaleAnswerOfAWildcardDropsNothing() {
    client.offer(FakeView.of(CLUSTER, "a@1"));
    client.sotw(CLUSTER, "");
    client.next();
    String known = client.response().nonce();
    ack(CLUSTER);
    client.offer(FakeView.of(CLUSTER, "a@2"));
    assertThat(client.next()).isEqualTo("Cluster: a@2");
    assertThat(client.sotw(CLUSTER, known)).isFalse();
    assertThat(client.next()).isEqualTo("nothing");
    ack(CLUSTER);
    assertThat(client.next()).isEqualTo("nothing");
  }

  /** "The nonce is specific to a stream": what a new stream begins with says nothing. */
  @Test
  void theNonceOfAnEarlierStreamDoesNoHarmInAFirstRequest() {
    client.offer(FakeView.of(CLUSTER, "a@1"));
    assertThat(client.sotw(CLUSTER, "17")).isTrue();
    assertThat(client.next()).isEqualTo("Cluster: a@1");
  }

  @Test
  void aRefusedVersionIsParkedAndTheLastGoodOneStaysInTheFullState() {
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1"));
    client.sotw(CLUSTER, "");
    client.next();
    ack(CLUSTER);
    client.offer(FakeView.of(CLUSTER, "a@bad", "b@1"));
    assertThat(client.next()).isEqualTo("Cluster: a@bad b@1");
    assertThat(client.sotwNack(CLUSTER, client.response().nonce())).isTrue();
    assertThat(client.next()).isEqualTo("nothing");
    client.offer(FakeView.of(CLUSTER, "a@bad", "b@2"));
    assertThat(client.next()).isEqualTo("Cluster: a@1 b@2");
    ack(CLUSTER);
    client.offer(FakeView.of(CLUSTER, "a@good", "b@2"));
    assertThat(client.next()).isEqualTo("Cluster: a@good b@2");
  }

  @Test
  void aRefusedFirstResponseDoesNotLoop() {
    client.offer(FakeView.of(CLUSTER, "a@bad"));
    client.sotw(CLUSTER, "");
    client.next();
    client.sotwNack(CLUSTER, client.response().nonce());
    for (int i = 0; i < 10; i++) {
      assertThat(client.next()).isEqualTo("nothing");
      client.sotw(CLUSTER, client.response().nonce());
    }
  }

  @Test
  void equalStatesHaveEqualVersionsOnEveryStream() {
    Client other = new Client();
    client.offer(FakeView.of(CLUSTER, "a@1", "b@1"));
    client.sotw(CLUSTER, "");
    client.next();
    ack(CLUSTER);
    client.offer(FakeView.of(CLUSTER, "a@1", "b@2"));
    client.next();
    other.offer(FakeView.of(CLUSTER, "a@1", "b@2"));
    other.sotw(CLUSTER, "");
    other.next();
    assertThat(client.response().version()).isEqualTo(other.response().version()).hasSize(32);
  }

  @Test
  void anUnknownTypeIsAnsweredEmptyOnce() {
    ResourceType unknown = ResourceType.of("type.googleapis.com/x.Unknown");
    client.offer(new FakeView(1));
    client.sotw(unknown, "", "u");
    assertThat(client.next()).isEqualTo("Unknown: ");
    ack(unknown, "u");
    assertThat(client.next()).isEqualTo("nothing");
  }
}
