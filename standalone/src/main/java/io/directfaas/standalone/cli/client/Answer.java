package io.directfaas.standalone.cli.client;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a server answered.
 *
 * @param status the HTTP status code
 * @param headers the last value of each header, names in lower case
 * @param body the body, decoded from any transfer coding
 */
public record Answer(int status, Map<String, String> headers, byte[] body) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public boolean ok() {
    return status >= 200 && status < 300;
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name.toLowerCase(java.util.Locale.ROOT)));
  }

  /**
   * @throws Unavailable if the body is not JSON
   */
  public JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JacksonException e) {
      throw new Unavailable("answered " + status + " with something that is not JSON", e);
    }
  }
}
