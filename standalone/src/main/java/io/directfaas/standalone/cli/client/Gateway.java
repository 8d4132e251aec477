package io.directfaas.standalone.cli.client;

import io.directfaas.graph.FunctionRef;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** gateway-lite's control API, as far as the command line uses it. */
public final class Gateway {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String FUNCTIONS = "/system/functions";

  private final HttpCaller http;

  public Gateway(HttpCaller http) {
    this.http = http;
  }

  public List<String> namespaces() {
    List<String> names = new ArrayList<>();
    expectOk(http.get("/system/namespaces", TIMEOUT), "listing the namespaces")
        .json()
        .forEach(name -> names.add(name.asString()));
    return names;
  }

  public Answer createNamespace(String json) {
    return http.sendJson("POST", "/system/namespace/", json, TIMEOUT);
  }

  /** The function's status, or empty if it is not deployed. */
  public Optional<JsonNode> function(FunctionRef function) {
    Answer answer =
        http.get("/system/function/" + function.name() + namespace(function.namespace()), TIMEOUT);
    return answer.status() == 404
        ? Optional.empty()
        : Optional.of(expectOk(answer, "asking for " + function).json());
  }

  public Answer update(String deployment) {
    return http.sendJson("PUT", FUNCTIONS, deployment, TIMEOUT);
  }

  public Answer create(String deployment) {
    return http.sendJson("POST", FUNCTIONS, deployment, TIMEOUT);
  }

  public Answer scale(FunctionRef function, int replicas) {
    return http.sendJson(
        "POST",
        "/system/scale-function/" + function.name() + namespace(function.namespace()),
        "{\"replicas\":%d}".formatted(replicas),
        TIMEOUT);
  }

  /** The graph of all namespaces. */
  public GraphSnapshot graph() {
    return GraphSnapshot.of(
        expectOk(http.get("/system/graph", TIMEOUT), "asking for the graph").json());
  }

  /** Who has applied a revision. */
  public JsonNode revision(long revision) {
    return expectOk(
            http.get("/system/revisions/" + revision, TIMEOUT), "asking for revision " + revision)
        .json();
  }

  private static Answer expectOk(Answer answer, String doing) {
    if (!answer.ok()) {
      throw new Unavailable(
          "gateway-lite answered %d while %s: %s"
              .formatted(answer.status(), doing, answer.text().strip()));
    }
    return answer;
  }

  private static String namespace(String name) {
    return "?namespace=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
  }
}
