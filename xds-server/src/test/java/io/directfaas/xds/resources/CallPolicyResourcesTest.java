package io.directfaas.xds.resources;

import static io.directfaas.xds.envoy.TestGraph.policy;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What policies make of routes and clusters, without any Envoy. */
class CallPolicyResourcesTest {
  private static final EnvoyResources RESOURCES =
      new EnvoyResources(new IngressConfig("127.0.0.1", 8080, null, "/g.sock", "openfaas-fn"));
  private static final String UNSEEN = "connect-failure,refused-stream,reset-before-request";

  private final TestGraph graph = new TestGraph().function("a").function("b");

  private ResourceView view(String caller) {
    FunctionRef ref = caller.equals("ingress") ? FunctionRef.INGRESS : TestGraph.ref(caller);
    return Objects.requireNonNull(
        ResourceStore.of(graph.graph(), RESOURCES, SecretSource.NONE).view(ref));
  }

  /** Those for {@code /function/b} and nothing behind it. */
  private List<Route> routes(String caller) throws Exception {
    FunctionRef ref = caller.equals("ingress") ? FunctionRef.INGRESS : TestGraph.ref(caller);
    return Simulation.host(ref, view(caller), "/function/b.acme").getRoutesList().stream()
        .filter(route -> route.getMatch().getPath().equals("/function/b.acme"))
        .toList();
  }

  private Cluster cluster(String caller) throws Exception {
    XdsResource resource =
        Objects.requireNonNull(view(caller).get(ResourceType.CLUSTER, "fn/acme/b"));
    return Cluster.parseFrom(resource.body().getValue());
  }

  private static List<String> headers(Route route) {
    return route.getMatch().getHeadersList().stream().map(HeaderMatcher::getName).toList();
  }

  @Test
  void whereNothingIsSaidThereIsOneRouteWithoutATimer() throws Exception {
    graph.edges("a", "b");
    assertThat(routes("a"))
        .singleElement()
        .satisfies(
            route -> {
              assertThat(route.getMatch().getHeadersCount()).isZero();
              assertThat(route.getRoute().getTimeout()).isEqualTo(Durations.ZERO);
              assertThat(route.getRoute().hasIdleTimeout()).isFalse();
              assertThat(route.getRoute().getRetryPolicy().getRetryOn()).isEqualTo(UNSEEN);
              assertThat(route.getRoute().getRetryPolicy().hasPerTryTimeout()).isFalse();
              assertThat(route.getRoute().getRetryPolicy().getNumRetries().getValue()).isEqualTo(3);
            });
    Cluster cluster = cluster("a");
    assertThat(cluster.getLbPolicy()).isEqualTo(Cluster.LbPolicy.LEAST_REQUEST);
    assertThat(cluster.hasPreconnectPolicy()).isFalse();
    assertThat(cluster.getOutlierDetection().getConsecutiveGatewayFailure().getValue())
        .isEqualTo(5);
    assertThat(cluster.getOutlierDetection().getEnforcingConsecutive5Xx().getValue()).isZero();
    assertThat(cluster.getOutlierDetection().getMaxEjectionPercent().getValue()).isEqualTo(50);
    assertThat(
            cluster.getUpstreamConnectionOptions().getTcpKeepalive().getKeepaliveTime().getValue())
        .isEqualTo(60);
  }

  @Test
  void aTimeoutIsForTheWholeAnswerOrForTheBeginningOfAStream() throws Exception {
    graph.function("b", policy("timeout", "1500ms")).edges("ingress", "b");
    List<Route> routes = routes("ingress");
    assertThat(routes).hasSize(2);
    assertThat(headers(routes.get(0))).containsExactly("accept");
    assertThat(routes.get(0).getRoute().getTimeout()).isEqualTo(Durations.ZERO);
    assertThat(routes.get(0).getRoute().getRetryPolicy().getPerTryTimeout())
        .isEqualTo(Durations.fromMillis(1500));
    assertThat(headers(routes.get(1))).isEmpty();
    assertThat(routes.get(1).getRoute().getTimeout()).isEqualTo(Durations.fromMillis(1500));
    assertThat(routes.get(1).getRoute().hasIdleTimeout()).isFalse();
  }

  @Test
  void whoMayTakeLongMayBeSilentAsLong() throws Exception {
    graph.function("b", policy("timeout", "10m")).edges("a", "b");
    assertThat(routes("a"))
        .allSatisfy(
            route ->
                assertThat(route.getRoute().getIdleTimeout())
                    .isEqualTo(Durations.fromSeconds(600)));
  }

  @Test
  void onlyIdempotentMethodsAreRepeatedOnFailuresOfTheCallee() throws Exception {
    graph.function("b", policy("retries", "2")).edges("a", "b");
    List<Route> routes = routes("a");
    assertThat(routes).hasSize(2);
    assertThat(headers(routes.get(0))).containsExactly(":method");
    String methods =
        routes.get(0).getMatch().getHeaders(0).getStringMatch().getSafeRegex().getRegex();
    assertThat(List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
        .allMatch(method -> method.matches(methods));
    assertThat(List.of("POST", "PATCH", "CONNECT", "get", "GETX"))
        .noneMatch(m -> m.matches(methods));
    assertThat(routes.get(0).getRoute().getRetryPolicy().getRetryOn())
        .isEqualTo(UNSEEN + ",reset,retriable-status-codes");
    assertThat(routes.get(0).getRoute().getRetryPolicy().getRetriableStatusCodesList())
        .containsExactly(502, 503, 504);
    assertThat(routes.get(1).getRoute().getRetryPolicy().getRetryOn()).isEqualTo(UNSEEN);
    assertThat(routes)
        .allMatch(route -> route.getRoute().getRetryPolicy().getNumRetries().getValue() == 2);
  }

  @Test
  void zeroRetriesAreNone() throws Exception {
    graph.function("b", policy("retries", "0")).edges("a", "b");
    assertThat(routes("a"))
        .singleElement()
        .satisfies(
            route -> {
              assertThat(route.getRoute().getRetryPolicy().hasNumRetries()).isTrue();
              assertThat(route.getRoute().getRetryPolicy().getNumRetries().getValue()).isZero();
            });
  }

  @Test
  void aCalleesWordsAreInTheClusterOfAllItsCallers() throws Exception {
    graph.function(
        "b",
        policy(
            "max-concurrent-calls", "7",
            "outlier-failures", "3",
            "outlier-ejection", "2s",
            "outlier-max-ejected", "80%",
            "balancing", "round-robin",
            "preconnect", "1.5",
            "idle-connections", "55s",
            "tcp-keepalive", "off"));
    graph.edges("a", "b").edges("ingress", "b");
    for (String caller : List.of("a", "ingress")) {
      Cluster cluster = cluster(caller);
      CircuitBreakers.Thresholds limits = cluster.getCircuitBreakers().getThresholds(0);
      assertThat(limits.getMaxRequests().getValue()).isEqualTo(7);
      assertThat(limits.getMaxPendingRequests().getValue()).isEqualTo(7);
      assertThat(limits.getMaxConnections().getValue()).isGreaterThan(100_000);
      assertThat(cluster.getOutlierDetection().getConsecutiveGatewayFailure().getValue())
          .isEqualTo(3);
      assertThat(cluster.getOutlierDetection().getBaseEjectionTime())
          .isEqualTo(Durations.fromSeconds(2));
      assertThat(cluster.getOutlierDetection().getMaxEjectionPercent().getValue()).isEqualTo(80);
      assertThat(cluster.getCommonLbConfig().getHealthyPanicThreshold().getValue()).isEqualTo(1);
      assertThat(cluster.getLbPolicy()).isEqualTo(Cluster.LbPolicy.ROUND_ROBIN);
      assertThat(cluster.getPreconnectPolicy().getPerUpstreamPreconnectRatio().getValue())
          .isEqualTo(1.5);
      assertThat(
              cluster
                  .getTypedExtensionProtocolOptionsOrThrow(CalleeResources.HTTP_OPTIONS)
                  .unpack(HttpProtocolOptions.class)
                  .getCommonHttpProtocolOptions()
                  .getIdleTimeout())
          .isEqualTo(Durations.fromSeconds(55));
      assertThat(cluster.hasUpstreamConnectionOptions()).isFalse();
    }
  }

  @Test
  void aCallerThatSaysOtherwiseHasAClusterOfItsOwnOfTheSameNameAndEndpoints() throws Exception {
    graph.function("b", policy("max-concurrent-calls", "7")).function("c");
    graph.edges("c", "b").edge("a", "b", policy("max-concurrent-calls", "2", "timeout", "1s"));
    for (DataPath path : DataPath.values()) {
      graph.dataPath("acme", path);
      assertThat(limit(cluster("c"))).isEqualTo(7);
      assertThat(limit(cluster("a"))).isEqualTo(2);
      assertThat(cluster("a").getEdsClusterConfig()).isEqualTo(cluster("c").getEdsClusterConfig());
      assertThat(cluster("a").getTransportSocket()).isEqualTo(cluster("c").getTransportSocket());
      assertThat(view("a").names(ResourceType.CLUSTER)).doesNotHaveDuplicates();
    }
    assertThat(routes("a")).hasSize(2);
    assertThat(routes("c")).hasSize(1);
    // A policy that is only the routes' shares the cluster.
    graph.edge("a", "b", policy("timeout", "1s"));
    assertThat(limit(cluster("a"))).isEqualTo(7);
    graph.edge("a", "b", CallPolicy.NONE);
    assertThat(routes("a")).hasSize(1);
  }

  private static int limit(Cluster cluster) {
    return cluster.getCircuitBreakers().getThresholds(0).getMaxRequests().getValue();
  }
}
