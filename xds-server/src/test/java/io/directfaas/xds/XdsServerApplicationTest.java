package io.directfaas.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.Urgency;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.ServedGraph;
import io.directfaas.xds.envoy.TestGraph;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** The server as it is started, twice in one JVM, following a graph over gRPC. */
class XdsServerApplicationTest {
  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  private ConfigurableApplicationContext start(int graphPort, int ingressPort) {
    return new SpringApplicationBuilder(XdsServerApplication.class)
        .properties(
            "directfaas.xds.graph-watch=127.0.0.1:" + graphPort,
            "directfaas.xds.http-port=0",
            "directfaas.xds.ingress.port=" + ingressPort,
            // Nobody activates here.
            "directfaas.xds.activation-timeout=2s",
            "directfaas.xds.ca.directory=" + directory.resolve("ca"),
            "spring.main.banner-mode=off")
        .run();
  }

  private String get(ConfigurableApplicationContext context, String path) throws Exception {
    int port =
        java.util.Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
            .getPort();
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void aChangeGoesFromTheGraphToARealEnvoyAndBack() throws Exception {
    int ingressPort;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ingressPort = free.getLocalPort();
    }
    TestGraph graph = new TestGraph().function("openfaas-fn/f").edges("ingress", "openfaas-fn/f");
    try (ServedGraph served = new ServedGraph(graph.graph())) {
      try (ConfigurableApplicationContext context = start(served.port(), ingressPort);
          ConfigurableApplicationContext second = start(1, ingressPort)) {
        assertThat(get(context, "/healthz")).isEqualTo("OK");
        assertThat(get(second, "/healthz")).isEqualTo("OK");
        second.close();
        SidecarListeners listeners = context.getBean(SidecarListeners.class);
        Path socket = directory.resolve("xds.sock");
        EnvoyBootstrap bootstrap =
            EnvoyBootstrap.of(
                "ingress",
                io.directfaas.graph.FunctionRef.INGRESS,
                socket,
                directory.resolve("admin.sock"));
        try (AutoCloseable open =
                listeners.open(
                    socket,
                    new WorkloadIdentity("ingress", io.directfaas.graph.FunctionRef.INGRESS),
                    0,
                    0);
            EnvoyProcess ingress = EnvoyProcess.start(bootstrap)) {
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> get(context, "/status").contains("\"ackedRevision\":3"));
          assertThat(open).isNotNull();
          assertThat(ingress.isLive()).isTrue();
          graph.function("openfaas-fn/g").edges("ingress", "openfaas-fn/g");
          Graph target = graph.graph();
          served
              .publisher()
              .publish(
                  io.directfaas.graph.GraphDelta.between(
                      new TestGraph()
                          .function("openfaas-fn/f")
                          .edges("ingress", "openfaas-fn/f")
                          .graph(),
                      target),
                  Urgency.NORMAL);
          assertThat(
                  served.publisher().whenLive(target.revision()).get(20, TimeUnit.SECONDS).live())
              .isTrue();
          int status =
              http.send(
                      HttpRequest.newBuilder(
                              URI.create("http://127.0.0.1:" + ingressPort + "/function/g"))
                          .build(),
                      BodyHandlers.ofString())
                  .statusCode();
          assertThat(status).isEqualTo(503);
          assertThat(get(context, "/status"))
              .contains("\"revision\":5", "\"node\":\"ingress\"", "\"connected\":true");
          assertThat(get(context, "/metrics"))
              .contains("directfaas_xds_streams 1.0\n", "directfaas_xds_revision 5.0\n");
        }
      }
    }
  }

  @Test
  void adsOverTcpIsRefusedWhereNothingCouldProveWhoAsks() {
    assertThatThrownBy(
            () ->
                new SpringApplicationBuilder(XdsServerApplication.class)
                    .properties(
                        "directfaas.xds.ads.private-key=/k.pem", "directfaas.xds.http-port=0")
                    .run())
        .hasStackTraceContaining("directfaas.xds.ads.certificate");
    assertThatThrownBy(
            () ->
                new SpringApplicationBuilder(XdsServerApplication.class)
                    .properties(
                        "directfaas.xds.ads.port=18000",
                        "directfaas.xds.ads.certificate=/c.pem",
                        "directfaas.xds.ads.private-key=/k.pem",
                        "directfaas.xds.http-port=0")
                    .run())
        .hasStackTraceContaining("directfaas.xds.ads.client-ca");
  }
}
