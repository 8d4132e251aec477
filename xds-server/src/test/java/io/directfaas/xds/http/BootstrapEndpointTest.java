package io.directfaas.xds.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.XdsServerApplication;
import io.directfaas.xds.envoy.EnvoyBinary;
import io.directfaas.xds.envoy.ServedGraph;
import io.directfaas.xds.envoy.TestGraph;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bootstraps over HTTP: for the control API's user, and nobody else. */
class BootstrapEndpointTest {
  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private int httpPort;

  private HttpResponse<String> get(String path, String credentials) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path));
    if (!credentials.isEmpty()) {
      request.header(
          "Authorization",
          "Basic "
              + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void itHandsOutWhatAClientStartsFromToWhoMayChangeFunctions() throws Exception {
    Files.writeString(directory.resolve("basic-auth-user"), "admin\n");
    Files.writeString(directory.resolve("basic-auth-password"), "secret\n");
    int adsPort;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      adsPort = free.getLocalPort();
    }
    TestGraph graph = new TestGraph().function("a").function("b").edges("a", "b");
    try (ServedGraph served = new ServedGraph(graph.graph())) {
      try (ConfigurableApplicationContext context =
          new SpringApplicationBuilder(XdsServerApplication.class)
              .properties(
                  "directfaas.xds.graph-watch=127.0.0.1:" + served.port(),
                  "directfaas.xds.http-port=0",
                  "directfaas.xds.ca.directory=" + directory.resolve("ca"),
                  "directfaas.xds.ads.port=" + adsPort,
                  "directfaas.xds.ads.token-key=" + directory.resolve("token.key"),
                  "directfaas.xds.admin-credentials=" + directory,
                  "spring.main.banner-mode=off")
              .run()) {
        httpPort =
            Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
                .getPort();
        check(adsPort);
      }
    }
  }

  private void check(int adsPort) throws Exception {
    String envoy = "/bootstrap/envoy?function=acme/a";
    for (String wrong : new String[] {"", "admin:", "admin:secrets", "admin"}) {
      HttpResponse<String> answer = get(envoy, wrong);
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).isEqualTo("invalid credentials\n");
    }
    String right = "admin:secret";
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> get(envoy, right).statusCode(), status -> status == 200);
    assertThat(get("/bootstrap/envoy?function=acme/x", right).statusCode()).isEqualTo(404);
    assertThat(get("/bootstrap/envoy?function=x", right).body()).startsWith("function: expected");
    assertThat(get("/bootstrap/grpc?function=acme/a&dir=x", right).body())
        .isEqualTo("dir: 'x' is not absolute\n");
    assertThat(get(envoy + "&protocol=REST", right).body())
        .isEqualTo("protocol: 'REST' is not valid\n");
    String ingress = "/bootstrap/envoy?function=" + FunctionRef.INGRESS + "&protocol=";
    assertThat(get(ingress + "GRPC", right).body()).startsWith("protocol: the ingress's routes");
    assertThat(get(ingress + "DELTA_GRPC", right).statusCode()).isEqualTo(200);

    HttpResponse<String> answer = get(envoy + "&admin-port=1", right);
    assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
    Path file = directory.resolve("envoy.json");
    Files.writeString(file, answer.body());
    assertThat(EnvoyBinary.validate(file)).contains("OK");
    JsonNode grpc =
        JsonMapper.shared().readTree(get("/bootstrap/grpc?function=acme/a&dir=/d", right).body());
    assertThat(grpc.at("/bootstrap/xds_servers/0/server_uri").asString())
        .isEqualTo("127.0.0.1:" + adsPort);
    assertThat(grpc.at("/bootstrap/node/cluster").asString()).isEqualTo("acme/a");
    assertThat(grpc.at("/files/client.crt").asString()).startsWith("-----BEGIN CERTIFICATE");
    assertThat(grpc.at("/files/client.key").asString()).startsWith("-----BEGIN PRIVATE KEY");
    assertThat(grpc.at("/files/token").asString()).contains(".");
  }
}
