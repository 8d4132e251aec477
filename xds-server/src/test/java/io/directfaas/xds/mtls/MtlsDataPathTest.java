package io.directfaas.xds.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.envoy.Calls;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.MtlsMesh;
import io.directfaas.xds.envoy.WebSocketClient;
import io.directfaas.xds.envoy.WebSocketFunction;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls from sidecar to sidecar, between real Envoys. */
class MtlsDataPathTest {
  private static final Duration DAY = Duration.ofHours(24);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aCallGoesThroughBothSidecarsAndLooksAsOnTheFabric(Protocol protocol) throws Exception {
    try (Functions functions = new Functions();
        MtlsMesh mesh = new MtlsMesh(directory, DAY)) {
      mesh.function("a", 1).function("b", functions.start("b1"));
      mesh.graph.edges("a", "b").edges("ingress", "b");
      mesh.server.goWhole(mesh.graph);
      mesh.sidecar("a", protocol);
      EnvoyProcess callee = mesh.sidecar("b", protocol);
      mesh.sidecar("ingress", Protocol.DELTA_GRPC);
      mesh.awaitSettled("a", "b", "ingress");
      HttpResponse<String> onFabric = call(mesh, "a");
      assertThat(callee.stat("http.inbound.rbac.allowed")).isEqualTo(-1);

      mesh.graph.dataPath("acme", DataPath.MTLS);
      mesh.go();

      HttpResponse<String> onMtls = call(mesh, "a");
      assertThat(callee.stat("http.inbound.rbac.allowed")).isEqualTo(1);
      assertThat(headers(onMtls)).isEqualTo(headers(onFabric));
      assertThat(onMtls.headers().map().keySet()).isEqualTo(onFabric.headers().map().keySet());
      assertThat(mesh.call("a", "/function/b/redirect").statusCode()).isEqualTo(302);
      assertThat(mesh.call("ingress", "/function/b.acme/x").body()).startsWith("b1 /x\n");
      assertThat(callee.stat("http.inbound.rbac.allowed")).isEqualTo(3);
      assertThat(mesh.call("a", "/function/c").body()).startsWith("no edge acme/a -> acme/c");
      byte[] body = new byte[3 << 20];
      new java.util.Random(5).nextBytes(body);
      HttpResponse<byte[]> echo =
          mesh.http()
              .send(
                  HttpRequest.newBuilder(mesh.outbound("a", "/function/b/echo"))
                      .POST(BodyPublishers.ofByteArray(body))
                      .build(),
                  BodyHandlers.ofByteArray());
      assertThat(echo.body()).isEqualTo(body);
      assertThat(mesh.server.metrics.rejects()).isZero();
    }
  }

  private static HttpResponse<String> call(MtlsMesh mesh, String caller) throws Exception {
    return mesh.http()
        .send(
            HttpRequest.newBuilder(mesh.outbound(caller, "/function/b/path?q"))
                .header("X-Call-Id", "one")
                .header("x-envoy-retry-on", "5xx")
                .header("x-forwarded-client-cert", "URI=spiffe://forged")
                .build(),
            BodyHandlers.ofString());
  }

  /** What the function saw, but for the time. */
  private static Set<String> headers(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    Set<String> lines = new HashSet<>(answer.body().lines().toList());
    lines.removeIf(line -> line.startsWith("x-start-time"));
    return lines;
  }

  @ParameterizedTest
  @EnumSource(DataPath.class)
  void webSocketsAndServerSentEventsPass(DataPath path) throws Exception {
    try (Functions functions = new Functions();
        WebSocketFunction webSocket = new WebSocketFunction();
        MtlsMesh mesh = new MtlsMesh(directory, DAY)) {
      mesh.function("a", 1).function("b", functions.start("b1")).function("w", webSocket.port());
      mesh.graph.edges("a", "b", "w").edges("ingress", "b", "w").dataPath("acme", path);
      mesh.server.goWhole(mesh.graph);
      for (String function : new String[] {"a", "b", "w", "ingress"}) {
        mesh.sidecar(function, Protocol.DELTA_GRPC);
      }
      mesh.awaitSettled("a", "b", "w", "ingress");
      for (String caller : new String[] {"a", "ingress"}) {
        WebSocketClient.assertEchoes(
            mesh.http(),
            mesh.outbound(caller, "/function/w.acme/socket"),
            List.of("hello", "again"),
            Duration.ZERO);
      }
      HttpResponse<InputStream> events =
          mesh.http()
              .send(
                  HttpRequest.newBuilder(mesh.outbound("ingress", "/function/b.acme/events"))
                      .header("Accept", "text/event-stream")
                      .build(),
                  BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8))) {
        // Not buffered: the function has not ended yet.
        assertThat(lines.readLine()).isEqualTo("first");
        functions.goOn.complete(true);
        assertThat(lines.readLine()).isEqualTo("last");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void theDataPathChangesBackAndForthUnderLoadWithoutAFailedCall(Protocol protocol)
      throws Exception {
    try (Functions functions = new Functions();
        MtlsMesh mesh = new MtlsMesh(directory, DAY)) {
      mesh.function("a", 1).function("b", functions.start("b1"));
      mesh.function("c", functions.start("c1"));
      mesh.graph.edges("a", "b").edges("ingress", "b").edges("b", "c");
      mesh.server.goWhole(mesh.graph);
      EnvoyProcess caller = mesh.sidecar("a", protocol);
      EnvoyProcess callee = mesh.sidecar("b", protocol);
      mesh.sidecar("ingress", Protocol.DELTA_GRPC);
      mesh.awaitSettled("a", "b", "ingress");
      try (Calls inside = Calls.start(3, () -> mesh.call("a", "/function/b"));
          Calls outside = Calls.start(2, () -> mesh.call("ingress", "/function/b.acme"))) {
        for (int round = 0; round < 4; round++) {
          mesh.graph.dataPath("acme", DataPath.MTLS);
          mesh.go();
          // Live means in force: every call from here on shows its certificate.
          long before = callee.stat("http.inbound.rbac.allowed");
          mesh.call("a", "/function/b");
          assertThat(callee.stat("http.inbound.rbac.allowed")).isGreaterThan(before);
          long calls = inside.made() + outside.made();
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> inside.made() + outside.made() > calls + 50);
          mesh.graph.dataPath("acme", DataPath.FABRIC);
          mesh.go();
          long back = inside.made() + outside.made();
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> inside.made() + outside.made() > back + 50);
        }
        inside.close();
        outside.close();
        assertThat(inside.failures()).isEmpty();
        assertThat(outside.failures()).isEmpty();
      }
      assertThat(mesh.server.metrics.rejects()).isZero();
      assertThat(caller.stat("cluster_manager.warming_clusters")).isZero();
    }
  }

  @Test
  void certificatesAreRenewedUnderLoadWithoutAFailedCall() throws Exception {
    try (Functions functions = new Functions();
        MtlsMesh mesh = new MtlsMesh(directory, Duration.ofSeconds(8))) {
      mesh.function("a", 1).function("b", functions.start("b1"));
      mesh.graph.edges("a", "b").edges("ingress", "b").dataPath("acme", DataPath.MTLS);
      mesh.server.goWhole(mesh.graph);
      EnvoyProcess caller = mesh.sidecar("a", Protocol.DELTA_GRPC);
      EnvoyProcess callee = mesh.sidecar("b", Protocol.GRPC);
      mesh.sidecar("ingress", Protocol.DELTA_GRPC);
      mesh.awaitSettled("a", "b", "ingress");
      Set<String> callers = new HashSet<>();
      Set<String> callees = new HashSet<>();
      try (Calls inside = Calls.start(2, () -> mesh.call("a", "/function/b"));
          Calls outside = Calls.start(2, () -> mesh.call("ingress", "/function/b.acme"))) {
        // Longer than any of these certificates lives.
        await()
            .atMost(Duration.ofSeconds(120))
            .until(
                () -> {
                  callers.add(serials(caller));
                  callees.add(serials(callee));
                  return callers.size() > 3 && callees.size() > 3;
                });
        inside.close();
        outside.close();
        assertThat(inside.failures()).isEmpty();
        assertThat(outside.failures()).isEmpty();
        assertThat(inside.made()).isPositive();
      }
    }
  }

  /** Of the certificates that an Envoy uses now. */
  private static String serials(EnvoyProcess envoy) {
    StringBuilder serials = new StringBuilder();
    for (String line : envoy.admin("/certs").split("\n")) {
      if (line.contains("serial_number")) {
        serials.append(line.strip());
      }
    }
    return serials.toString();
  }
}
