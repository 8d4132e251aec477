package io.directfaas.standalone.cli.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** HTTP over TCP to one server. */
public final class HttpCaller {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();
  private final String component;
  private final URI base;
  private final @Nullable String authorization;

  /**
   * @param component how to call the server in messages
   * @param base the scheme, host and port to call
   * @param authorization value of the Authorization header, or null for none
   */
  public HttpCaller(String component, URI base, @Nullable String authorization) {
    this.component = component;
    this.base = base;
    this.authorization = authorization;
  }

  public URI base() {
    return base;
  }

  /**
   * @throws Unavailable if there is no answer
   */
  public Answer get(String path, Duration timeout) {
    return send("GET", path, null, "", timeout);
  }

  /**
   * @throws Unavailable if there is no answer
   */
  public Answer sendJson(String method, String path, String json, Duration timeout) {
    return send(
        method,
        path,
        json.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        "application/json",
        timeout);
  }

  /**
   * @throws Unavailable if there is no answer
   */
  public Answer send(
      String method, String path, byte @Nullable [] body, String contentType, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(timeout)
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      Map<String, String> headers = new HashMap<>();
      response
          .headers()
          .map()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getLast()));
      return new Answer(response.statusCode(), headers, response.body());
    } catch (ConnectException e) {
      throw new Unavailable(component + " does not answer on " + base.getAuthority(), e);
    } catch (HttpTimeoutException e) {
      throw new Unavailable(
          component
              + " took longer than "
              + timeout.toSeconds()
              + " s to answer "
              + method
              + " "
              + path,
          e);
    } catch (IOException e) {
      throw new Unavailable(component + " broke off while answering " + method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while asking " + component, e);
    }
  }
}
