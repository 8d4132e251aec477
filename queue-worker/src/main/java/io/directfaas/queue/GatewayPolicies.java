package io.directfaas.queue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks gateway-lite, every few seconds per function at most and never for long. While it does not
 * answer, what was last known holds.
 */
final class GatewayPolicies implements RetryPolicies {
  private static final Logger log = LoggerFactory.getLogger(GatewayPolicies.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long FRESH_NANOS = 5_000_000_000L;
  private static final int MOST = 10_000;

  /** Whoever waits for this is answered later. */
  private static final RequestConfig BRIEFLY =
      RequestConfig.custom().setResponseTimeout(Timeout.ofSeconds(2)).build();

  /** Where we stand with a function; what is not deployed any more is neither open nor closed. */
  private record Known(RetryPolicy policy, boolean deployed, boolean closed, long since) {
    Known still() {
      return new Known(policy, deployed, closed, System.nanoTime());
    }
  }

  private final URI gateway;
  private final Path credentials;
  private final CloseableHttpClient client;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /**
   * @param credentials the directory of basic-auth-user and basic-auth-password
   */
  GatewayPolicies(URI gateway, Path credentials, CloseableHttpClient client) {
    this.gateway = gateway;
    this.credentials = credentials;
    this.client = client;
  }

  @Override
  public RetryPolicy of(String function) {
    return known(function).policy();
  }

  @Override
  public boolean callable(String function) {
    Known known = known(function);
    return known.deployed() && !known.closed();
  }

  @Override
  public boolean closed(String function) {
    return known(function).closed();
  }

  private Known known(String function) {
    Known last = known.get(function);
    if (last != null && System.nanoTime() - last.since() < FRESH_NANOS) {
      return last;
    }
    Known now;
    try {
      now = ask(function);
    } catch (IOException e) {
      log.debug("gateway-lite does not say how to retry {}", function, e);
      now =
          last == null
              ? new Known(RetryPolicy.DEFAULT, true, false, System.nanoTime())
              : last.still();
    }
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(function, now);
    return now;
  }

  private Known ask(String function) throws IOException {
    int slash = function.indexOf('/');
    HttpGet request =
        new HttpGet(
            gateway.resolve(
                "/system/function/"
                    + function.substring(slash + 1)
                    + "?namespace="
                    + function.substring(0, slash)));
    String pair =
        Files.readString(credentials.resolve("basic-auth-user")).strip()
            + ":"
            + Files.readString(credentials.resolve("basic-auth-password")).strip();
    request.setConfig(BRIEFLY);
    request.setHeader(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    return client.execute(request, GatewayPolicies::read);
  }

  private static Known read(ClassicHttpResponse response) throws IOException {
    try {
      String body = EntityUtils.toString(response.getEntity());
      if (response.getCode() == 404) {
        return new Known(RetryPolicy.DEFAULT, false, false, System.nanoTime());
      }
      if (response.getCode() != 200) {
        throw new IOException("status " + response.getCode());
      }
      Map<String, String> annotations = new HashMap<>();
      for (Map.Entry<String, JsonNode> entry :
          JSON.readTree(body).path("annotations").properties()) {
        annotations.put(entry.getKey(), entry.getValue().asString(""));
      }
      return new Known(
          RetryPolicy.of(annotations),
          true,
          "false".equals(annotations.get("directfaas.io/public")),
          System.nanoTime());
    } catch (ParseException e) {
      throw new IOException(e);
    }
  }
}
