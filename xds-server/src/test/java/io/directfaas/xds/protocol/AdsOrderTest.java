package io.directfaas.xds.protocol;

import static io.directfaas.xds.protocol.ResourceType.CLUSTER;
import static io.directfaas.xds.protocol.ResourceType.ENDPOINT;
import static io.directfaas.xds.protocol.ResourceType.LISTENER;
import static io.directfaas.xds.protocol.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Make before break, across the types of one stream. */
class AdsOrderTest {
  private final Client client = new Client();

  private static FakeView before() {
    return new FakeView(1)
        .with(CLUSTER, "a@1")
        .with(ENDPOINT, "a@1")
        .with(LISTENER, "l@1")
        .with(ROUTE, "r@1");
  }

  private static FakeView after() {
    return new FakeView(2)
        .with(CLUSTER, "b@1")
        .with(ENDPOINT, "b@1")
        .with(LISTENER, "l@1")
        .with(ROUTE, "r@2");
  }

  @BeforeEach
  void connectedAndSettled() {
    client.offer(before()).delta(CLUSTER).delta(ENDPOINT, "a").delta(LISTENER).delta(ROUTE, "r");
    assertThat(client.drain())
        .containsExactly(
            "Cluster: a@1",
            "ClusterLoadAssignment: a@1",
            "Listener: l@1",
            "RouteConfiguration: r@1");
    assertThat(client.state.settled()).isTrue();
  }

  @Test
  void aRouteWaitsForItsClusterItsEndpointsAndTheirAcks() {
    client.offer(after());
    assertThat(client.next()).isEqualTo("Cluster: b@1");
    XdsResponse cluster = client.response();
    assertThat(client.next()).isEqualTo("nothing");
    client.ack(cluster);
    // The client has not asked for the endpoints yet: the cluster is not usable.
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.waitsForWarming()).isTrue();
    client.delta(ENDPOINT, "b");
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: b@1");
    assertThat(client.next()).isEqualTo("nothing");
    client.ack();
    assertThat(client.next()).isEqualTo("RouteConfiguration: r@2");
    assertThat(client.next()).isEqualTo("nothing");
    assertThat(client.state.settled()).isFalse();
    client.ack();
    // Only now, with no route to it, does the old cluster go, and its endpoints last.
    assertThat(client.next()).isEqualTo("Cluster: -a");
    assertThat(client.next()).isEqualTo("nothing");
    client.ack();
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: -a");
    client.ack();
    assertThat(client.state.settled()).isTrue();
  }

  @Test
  void endpointsAloneWaitForNobody() {
    client.offer(after());
    client.next();
    client.offer(after().with(ENDPOINT, "a@2"));
    assertThat(client.next()).isEqualTo("ClusterLoadAssignment: a@2");
  }

  @Test
  void aChangedClusterGetsItsEndpointsAgainBecauseItWarmsAgain() {
    client.offer(before().with(CLUSTER, "a@2").with(ROUTE, "r@2"));
    assertThat(client.drain())
        .containsExactly("Cluster: a@2", "ClusterLoadAssignment: a@1", "RouteConfiguration: r@2");
  }

  @Test
  void aRefusedClusterDoesNotHoldUpTheRoutes() {
    client.offer(after());
    client.next();
    client.nack();
    assertThat(client.next()).isEqualTo("RouteConfiguration: r@2");
  }

  @Test
  void aRefusedRouteKeepsTheOldClusters() {
    client.offer(after());
    client.next();
    client.ack().delta(ENDPOINT, "b");
    client.next();
    client.ack();
    client.next();
    client.nack();
    // The client still routes by r@1, which needs the cluster a.
    assertThat(client.drain()).isEmpty();
    assertThat(client.state.refusal()).isEqualTo("r: bad");
  }

  @Test
  void aClientThatNeverAsksForEndpointsIsNotWaitedForForEver() {
    client.offer(after());
    client.next();
    client.ack();
    client.state.stopWarming();
    assertThat(client.next()).isEqualTo("RouteConfiguration: r@2");
  }

  @Test
  void whatIsTakenBackWhileItIsBeingMadeLeavesNothingBehind() {
    client.offer(after());
    client.next();
    XdsResponse cluster = client.response();
    client.offer(before());
    client.ack(cluster);
    assertThat(client.drain()).containsExactly("Cluster: -b");
    assertThat(client.state.settled()).isTrue();
  }
}
