package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.client.Unavailable;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The function that does as it is told, from where it stands. */
final class Spy {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final double PATIENCE_SECONDS = 1;

  private final HttpCaller functions;

  Spy(HttpCaller functions) {
    this.functions = functions;
  }

  /**
   * @param status the HTTP status it got, 0 for none
   * @param body the body it got, or empty
   * @param error why it got no answer, or empty
   */
  record Outcome(int status, String body, String error) {}

  /** Lets it GET a URL. */
  Outcome call(String url) {
    String order =
        JSON.createObjectNode().put("url", url).put("timeout", PATIENCE_SECONDS).toString();
    Answer answer = functions.sendJson("POST", "/function/spy.globex", order, TIMEOUT);
    if (!answer.ok()) {
      throw new Unavailable(
          "the spy itself answered %d: %s".formatted(answer.status(), answer.text().strip()));
    }
    JsonNode report = answer.json();
    return new Outcome(
        report.path("status").asInt(0),
        report.path("body").asString(""),
        report.path("error").asString(""));
  }
}
