package io.directfaas.gateway;

import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.watch.GraphWatchServer;
import io.directfaas.gateway.web.MetricsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;

/** A running gateway-lite on free ports, with a recording provider and a client. */
final class Gateway implements AutoCloseable {
  final RecordingProvider provider = new RecordingProvider();
  final ServletWebServerApplicationContext context;
  final Path stateDir;
  private final HttpClient client = HttpClient.newHttpClient();

  private Gateway(Path stateDir, Map<String, String> properties) {
    this.stateDir = stateDir;
    SpringApplication application = GatewayLiteApplication.application();
    application.addInitializers(
        (ApplicationContextInitializer<GenericApplicationContext>)
            context -> context.registerBean(RecordingProvider.class, () -> provider));
    Map<String, String> all = new LinkedHashMap<>();
    all.put("state-dir", stateDir.toString());
    all.put("http-port", "0");
    all.put("metrics-port", "0");
    all.put("grpc-port", "0");
    all.put("expect", "");
    all.put("retire-after", "10ms");
    all.put("mesh-wait", "200ms");
    all.putAll(properties);
    this.context =
        (ServletWebServerApplicationContext)
            application.run(
                all.entrySet().stream()
                    .map(e -> "--directfaas.gateway." + e.getKey() + "=" + e.getValue())
                    .toArray(String[]::new));
  }

  static Gateway start(Path stateDir) {
    return new Gateway(stateDir, Map.of());
  }

  static Gateway start(Path stateDir, Map<String, String> properties) {
    return new Gateway(stateDir, properties);
  }

  /** What came back. */
  record Answer(int status, String body, HttpResponse<byte[]> raw) {
    JsonNode json() {
      return Json.MAPPER.readTree(body);
    }

    String header(String name) {
      return raw.headers().firstValue(name).orElse("");
    }

    long revision() {
      return Long.parseLong(header("X-Graph-Revision"));
    }
  }

  Answer get(String path) {
    return send(authorized(path).GET());
  }

  Answer post(String path, String body) {
    return send("POST", path, body);
  }

  Answer put(String path, String body) {
    return send("PUT", path, body);
  }

  Answer delete(String path, String body) {
    return send("DELETE", path, body);
  }

  Answer deploy(String json) {
    return post("/system/functions", json);
  }

  Answer send(String method, String path, @Nullable String body) {
    return send(
        authorized(path)
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
  }

  Answer send(String method, String path, byte[] body) {
    BodyPublisher publisher = BodyPublishers.ofByteArray(body);
    return send(authorized(path).method(method, publisher));
  }

  HttpRequest.Builder authorized(String path) {
    return anonymous(path).header("Authorization", authorization());
  }

  HttpRequest.Builder anonymous(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort() + path));
  }

  Answer metrics(String path) {
    return send(
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + context.getBean(MetricsServer.class).port() + path)));
  }

  Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      return new Answer(
          response.statusCode(), new String(response.body(), StandardCharsets.UTF_8), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  String authorization() {
    try {
      Path secrets = stateDir.resolve("secrets");
      String pair =
          Files.readString(secrets.resolve("basic-auth-user"))
              + ":"
              + Files.readString(secrets.resolve("basic-auth-password"));
      return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int httpPort() {
    return Objects.requireNonNull(context.getWebServer()).getPort();
  }

  int grpcPort() {
    return context.getBean(GraphWatchServer.class).port();
  }

  @Override
  public void close() {
    context.close();
    client.close();
  }
}
