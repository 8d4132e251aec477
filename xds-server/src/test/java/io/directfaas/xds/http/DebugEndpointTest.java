package io.directfaas.xds.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.SidecarListeners;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.XdsServerApplication;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.ServedGraph;
import io.directfaas.xds.envoy.TestGraph;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a real Envoy was sent, has acked and is to hold, over HTTP; and what nobody may see. */
class DebugEndpointTest {
  private static final FunctionRef A = TestGraph.ref("a");
  private static final String SECRETS =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private int httpPort;

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)).build(),
        BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    return JsonMapper.shared().readTree(answer.body());
  }

  @Test
  void itShowsEveryResourceOfAClientAndNoPrivateByte() throws Exception {
    TestGraph graph = new TestGraph().function("a").function("b").edges("a", "b");
    graph.dataPath("acme", DataPath.MTLS);
    try (ServedGraph served = new ServedGraph(graph.graph())) {
      try (ConfigurableApplicationContext context =
          new SpringApplicationBuilder(XdsServerApplication.class)
              .properties(
                  "directfaas.xds.graph-watch=127.0.0.1:" + served.port(),
                  "directfaas.xds.http-port=0",
                  "directfaas.xds.ca.directory=" + directory.resolve("ca"),
                  "spring.main.banner-mode=off")
              .run()) {
        httpPort =
            Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
                .getPort();
        Path socket = directory.resolve("xds.sock");
        try (AutoCloseable open =
                context
                    .getBean(SidecarListeners.class)
                    .open(socket, new WorkloadIdentity("a1", A), 0, 0);
            EnvoyProcess envoy =
                EnvoyProcess.start(
                    EnvoyBootstrap.of("a1", A, socket, directory.resolve("admin.sock")))) {
          assertThat(open).isNotNull();
          assertThat(envoy.pid()).isPositive();
          check(graph.graph().revision());
        }
      }
    }
  }

  private void check(long revision) throws Exception {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> json("/debug/sidecars").at("/0/ackedRevision").asLong() == revision);
    JsonNode line = json("/debug/sidecars").get(0);
    assertThat(line.path("node").asString()).isEqualTo("a1");
    assertThat(line.path("function").asString()).isEqualTo("acme/a");
    assertThat(line.path("connected").asBoolean()).isTrue();
    assertThat(line.path("nack").isNull()).isTrue();
    assertThat(line.path("parked").asInt()).isZero();

    JsonNode secrets = json("/debug/sidecar/a1").at("/streams/0/types").path(SECRETS);
    assertThat(secrets)
        .extracting(secret -> secret.path("name").asString())
        .containsExactly("identity", "trust");
    assertThat(secrets).allSatisfy(s -> assertThat(s.path("acked").asString()).isNotEmpty());

    String config = get("/debug/config/a1").body();
    JsonNode resources = json("/debug/config/a1");
    assertThat(resources)
        .extracting(resource -> resource.path("name").asString())
        .contains("fn/acme/b", "mtls/acme/b", "identity", "trust", "outbound", "outbound/acme/a");
    assertThat(resources)
        .allSatisfy(r -> assertThat(r.path("version").asString()).hasSizeGreaterThan(8));
    assertThat(config).contains("BEGIN CERTIFICATE", "[redacted]").doesNotContain("PRIVATE KEY");
    // Not in any other form either.
    String key = Files.readString(directory.resolve("ca/ca.pem"));
    String secretLine =
        key.substring(key.indexOf("PRIVATE KEY-----\n") + 17).lines().findFirst().orElseThrow();
    for (String path :
        new String[] {"/debug/sidecars", "/debug/sidecar/a1", "/debug/config/a1", "/status"}) {
      assertThat(get(path).body()).doesNotContain(secretLine, "PRIVATE KEY");
    }

    for (String path : new String[] {"/debug/sidecar/nobody", "/debug/config/nobody"}) {
      assertThat(get(path).statusCode()).isEqualTo(404);
      assertThat(get(path).body()).isEqualTo("node: no client 'nobody' is known\n");
    }
  }
}
