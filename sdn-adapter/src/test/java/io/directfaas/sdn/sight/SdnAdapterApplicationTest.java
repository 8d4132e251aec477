package io.directfaas.sdn.sight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Replica;
import io.directfaas.graph.denied.DeniedCallsLog;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.directfaas.graph.watch.Urgency;
import io.directfaas.sdn.SdnAdapterApplication;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The service whole: a graph's owner on one side, a switch on the other, HTTP on top. */
class SdnAdapterApplicationTest {
  private static final Replica A = GraphFixture.replica("acme/a", "a", 2);
  private static final Replica B = GraphFixture.replica("acme/b", "b", 3);
  private static final Replica SPY = GraphFixture.replica("globex/spy", "spy", 4);

  private final HttpClient http = HttpClient.newHttpClient();
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("acme")
          .tenant("globex")
          .single("acme/a", 2)
          .single("acme/b", 3)
          .single("globex/spy", 4)
          .edge("acme/a", "acme/b");
  private final DeniedCallsLog reported = new DeniedCallsLog();
  private OvsInstance ovs;
  private Graph graph;
  private GraphPublisher publisher;
  private Server server;
  private ConfigurableApplicationContext application;

  @BeforeEach
  void start() throws Exception {
    ovs = OvsInstance.dummy();
    ovs.plugDummy(A, 2);
    ovs.plugDummy(B, 3);
    ovs.plugDummy(SPY, 4);
    graph = graphs.next();
    publisher =
        new GraphPublisher(
            graph,
            new PublisherConfig(
                Set.of(PublisherConfig.Role.FABRIC), Duration.ofSeconds(2), Duration.ofMillis(50)));
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(publisher.service())
            .addService(reported)
            .build()
            .start();
    application = application();
    publisher.whenLive(graph.revision()).get(20, TimeUnit.SECONDS);
  }

  private ConfigurableApplicationContext application() {
    return SdnAdapterApplication.builder()
        .run(
            "--directfaas.sdn.http-port=0",
            "--directfaas.sdn.graph-watch=127.0.0.1:" + server.getPort(),
            "--directfaas.sdn.openflow-socket=" + ovs.managementSocket(),
            "--directfaas.sdn.ovsdb-socket=" + ovs.databaseSocket(),
            "--directfaas.sdn.bridge=" + OvsInstance.BRIDGE);
  }

  @AfterEach
  void stop() {
    application.close();
    publisher.close();
    server.shutdownNow();
    ovs.close();
  }

  private HttpResponse<String> get(ConfigurableApplicationContext of, String path)
      throws Exception {
    String port = of.getEnvironment().getRequiredProperty("local.server.port");
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = get(application, path);
    assertThat(answer.statusCode()).isEqualTo(200);
    return JsonMapper.builder().build().readTree(answer.body());
  }

  private void packet(Replica from, int inPort, String sourceIp, Replica to, int tcpDst) {
    ovs.inject(
        OvsInstance.portName(inPort),
        "in_port(%d),eth(src=%s,dst=%s),eth_type(0x0800),ipv4(src=%s,dst=%s,proto=6,tos=0,ttl=64,frag=no),tcp(src=40000,dst=%d),tcp_flags(syn)"
            .formatted(inPort, from.mac(), to.mac(), sourceIp, to.ip(), tcpDst));
  }

  private long droppedFor(String reason) throws Exception {
    for (JsonNode drop : json("/drops")) {
      if (drop.path("reason").asString("").equals(reason)) {
        return drop.path("packets").asLong(-1);
      }
    }
    throw new AssertionError("no entry for " + reason);
  }

  @Test
  void countsCallsByEdgeAndDropsByReasonAndSender() throws Exception {
    assertThat(get(application, "/healthz").body()).isEqualTo("OK\n");
    packet(A, 2, A.ip().toString(), B, 8080);
    packet(SPY, 4, SPY.ip().toString(), B, 8080);
    packet(SPY, 4, A.ip().toString(), B, 8080);

    await()
        .untilAsserted(
            () -> {
              JsonNode edge = json("/edges").path(0);
              assertThat(edge.path("caller").asString("")).isEqualTo("acme/a");
              assertThat(edge.path("callee").asString("")).isEqualTo("acme/b");
              assertThat(edge.path("forward").path("packets").asLong(0)).isEqualTo(1);
              assertThat(edge.path("forward").path("bytes").asLong(0)).isPositive();
              assertThat(edge.path("reply").path("packets").asLong(-1)).isZero();
              assertThat(droppedFor("undeclared")).isEqualTo(1);
              assertThat(droppedFor("spoofed")).isEqualTo(1);
            });
    assertThat(json("/drops").toString()).contains("globex/spy").doesNotContain("acme/a");
    assertThat(get(application, "/metrics").body())
        .contains(
            "directfaas_edge_packets_total{callee=\"acme/b\",caller=\"acme/a\",direction=\"forward\"}"
                + " 1")
        .contains("directfaas_dropped_packets_total{reason=\"spoofed\"} 1")
        .contains("directfaas_sdn_switch_connected 1");
  }

  @Test
  void whoTriedWhatIsSeenAndToldToTheOwnerOfTheGraph() throws Exception {
    packet(SPY, 4, SPY.ip().toString(), B, 8080);
    packet(A, 2, SPY.ip().toString(), B, 8080);
    await()
        .untilAsserted(
            () -> {
              assertThat(get(application, "/denied?namespace=globex").body())
                  .contains("\"caller\":\"globex/spy\"", "\"reason\":\"undeclared\"")
                  .contains("\"attempt\":\"tcp 10.88.0.3:8080\"", "\"callee\":\"acme/b\"")
                  .doesNotContain("acme/a");
              assertThat(get(application, "/denied").body())
                  .contains("\"reason\":\"spoofed\"")
                  .contains("\"claimed\":\"" + A.mac() + " " + SPY.ip() + "\"");
            });
    await()
        .untilAsserted(
            () ->
                assertThat(reported.entries())
                    .singleElement()
                    .satisfies(
                        entry -> {
                          assertThat(entry.reporter()).isEqualTo("fabric");
                          assertThat(entry.call().caller()).isEqualTo(SPY.function());
                          assertThat(entry.call().callee()).isEqualTo(B.function());
                        }));
  }

  @Test
  void aFloodOfDeniedPacketsShowsAFewOfThem() throws Exception {
    int flood = 2000;
    // The dummy port has a short queue and loses some when the switch is slow.
    for (int i = 0; i < flood; i++) {
      packet(SPY, 4, SPY.ip().toString(), B, 1 + i);
    }
    await().untilAsserted(() -> assertThat(droppedFor("undeclared")).isGreaterThan(flood / 2));
    assertThat(json("/denied")).isNotEmpty().hasSizeLessThan(flood / 4);
    assertThat(get(application, "/metrics").body())
        .contains("directfaas_sdn_denied_samples_lost_total 0")
        .contains("directfaas_sdn_bundle_seconds_bucket{le=\"+Inf\"}")
        .contains("directfaas_sdn_switch_role{role=\"equal\"} 1")
        .contains("directfaas_tenant_metered_packets_total{meter=\"arp\",tenant=\"globex\"} 0");
  }

  @Test
  void followsTheOwnerAndARevokeIsRetiredInTheSwitch() throws Exception {
    JsonNode status = json("/status");
    assertThat(status.path("switches").path(0).path("connected").asBoolean(false)).isTrue();
    assertThat(status.path("ports").path("spy").asInt(0)).isEqualTo(4);
    assertThat(status.path("graphConnected").asBoolean(false)).isTrue();

    Graph revoked = graphs.withoutEdge("acme/a", "acme/b").next();
    publisher.publish(GraphDelta.between(graph, revoked), Urgency.REVOKE);
    publisher.whenRetired(revoked.revision()).get(20, TimeUnit.SECONDS);
    assertThat(json("/edges")).isEmpty();
    assertThat(json("/status").path("switches").path(0).path("syncedRevision").asLong(0))
        .isEqualTo(revoked.revision());
  }

  @Test
  void twoRunInOneProcessAndTheSecondFindsNothingToDo() throws Exception {
    publisher.whenRetired(graph.revision()).get(20, TimeUnit.SECONDS);
    application.close();
    try (ConfigurableApplicationContext one = application();
        ConfigurableApplicationContext two = application()) {
      await()
          .atMost(OvsInstance.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(get(two, "/status").body())
                      .contains("\"syncedRevision\":" + graph.revision())
                      .contains("\"flowsWritten\":0")
                      .contains("\"lastError\":\"\""));
      assertThat(get(one, "/healthz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void saysSoWhileTheSwitchIsAway() throws Exception {
    ovs.vsctl("del-br", OvsInstance.BRIDGE);
    await().untilAsserted(() -> assertThat(get(application, "/edges").statusCode()).isEqualTo(503));
    assertThat(json("/status").path("lastError").asString("")).contains("df0.mgmt");
    assertThat(get(application, "/metrics").body()).contains("directfaas_sdn_switch_connected 0");
  }
}
