package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.denied.DeniedCall;
import io.directfaas.graph.denied.DeniedCallsReporter;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a layer reports over gRPC, as users read it. */
class DeniedCallsApiTest {
  @TempDir Path stateDir;
  private Gateway gateway;
  private ManagedChannel channel;
  private DeniedCallsReporter fabric;

  @BeforeEach
  void start() {
    gateway = Gateway.start(stateDir);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort()).usePlaintext().build();
    fabric = new DeniedCallsReporter("fabric", channel, Duration.ofMillis(20));
    fabric.start();
    gateway.post("/system/namespace/", "{\"name\":\"acme\"}");
    gateway.post("/system/namespace/", "{\"name\":\"globex\"}");
    deploy("acme", "a", "\"directfaas.io/calls\":\"x\"");
    deploy("acme", "b", "");
    deploy("globex", "c", "");
  }

  @AfterEach
  void stop() {
    fabric.close();
    channel.shutdownNow();
    gateway.close();
  }

  private void deploy(String namespace, String name, String annotations) {
    assertThat(
            gateway
                .deploy(
                    "{\"service\":\"%s\",\"namespace\":\"%s\",\"image\":\"local/http\",\"annotations\":{%s}}"
                        .formatted(name, namespace, annotations))
                .status())
        .isIn(200, 202);
  }

  private void tried(String caller, String callee) {
    fabric.saw(
        new DeniedCall(
            FunctionRef.parse(caller, "acme"),
            FunctionRef.parse(callee, "acme"),
            "tcp 10.88.0.4:8080",
            3,
            Instant.parse("2026-01-01T12:00:00Z")));
  }

  private JsonNode denied(String query) {
    return gateway.get("/system/calls/denied" + query).json();
  }

  @Test
  void anUndeclaredCallComesWithTheAnnotationsThatWouldAllowIt() {
    tried("acme/a", "acme/b");
    await().untilAsserted(() -> assertThat(denied("?namespace=acme")).hasSize(1));
    JsonNode call = denied("?namespace=acme").path(0);
    assertThat(call.path("caller").asString("")).isEqualTo("acme/a");
    assertThat(call.path("callee").asString("")).isEqualTo("acme/b");
    assertThat(call.path("attempt").asString("")).isEqualTo("tcp 10.88.0.4:8080");
    assertThat(call.path("attempts").asLong(0)).isEqualTo(3);
    assertThat(call.path("seenBy").asString("")).isEqualTo("fabric");
    assertThat(call.path("declare").toString())
        .isEqualTo(
            "[{\"function\":\"acme/a\",\"annotation\":\"directfaas.io/calls\",\"value\":\"x,"
                + " b\"}]");
    assertThat(denied("?namespace=globex")).isEmpty();
  }

  @Test
  void acrossTenantsBothSidesDeclareAndBothSee() {
    tried("acme/a", "globex/c");
    await().untilAsserted(() -> assertThat(denied("?namespace=globex")).hasSize(1));
    assertThat(denied("").path(0).path("declare").toString())
        .contains("\"function\":\"acme/a\"", "\"value\":\"x, globex/c\"")
        .contains(
            "\"function\":\"globex/c\",\"annotation\":\"directfaas.io/allow-callers\",\"value\":\"acme/a\"");
  }

  @Test
  void whatWasPastedIsDeniedNoLonger() {
    tried("acme/a", "acme/b");
    await().untilAsserted(() -> assertThat(denied("")).hasSize(1));
    assertThat(
            gateway
                .put(
                    "/system/functions",
                    "{\"service\":\"a\",\"namespace\":\"acme\",\"image\":\"local/http\",\"annotations\":{\"directfaas.io/calls\":\"x,"
                        + " b\"}}")
                .status())
        .isIn(200, 202);
    assertThat(denied("")).isEmpty();
  }

  @Test
  void anUnknownNamespaceIsRefusedInWords() {
    assertThat(gateway.get("/system/calls/denied?namespace=nobody").body())
        .isEqualTo("namespace: there is no namespace 'nobody'\n");
    assertThat(gateway.send(gateway.anonymous("/system/calls/denied").GET()).status())
        .isEqualTo(401);
  }

  @Test
  void aNamespacesBandwidthIsInTheGraph() {
    assertThat(
            gateway
                .put(
                    "/system/namespace/acme",
                    "{\"name\":\"acme\",\"annotations\":{\"directfaas.io/bandwidth\":\"100Mbit\"}}")
                .status())
        .isEqualTo(202);
    assertThat(gateway.get("/system/graph?namespace=acme").body())
        .contains("\"bandwidth\":\"100Mbit\"");
    assertThat(
            gateway
                .put(
                    "/system/namespace/acme",
                    "{\"name\":\"acme\",\"annotations\":{\"directfaas.io/bandwidth\":\"much\"}}")
                .body())
        .startsWith("annotations[\"directfaas.io/bandwidth\"]: 'much' is no bandwidth");
  }
}
