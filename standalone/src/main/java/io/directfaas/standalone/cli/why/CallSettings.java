package io.directfaas.standalone.cli.why;

import io.directfaas.graph.FunctionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * How an Envoy makes the calls of an edge, in the words of the annotations that say so; read from
 * what it has in force ({@code /config_dump}), not from what anybody wants.
 */
final class CallSettings {
  private static final String NONE = "none";

  /** Above what can be set; Envoy's own limits are lifted to some such number. */
  private static final long UNLIMITED = 1_000_000;

  private CallSettings() {}

  /**
   * @return such as {@code timeout 5s, retries 2}; empty when no route leads to the callee
   */
  static String of(JsonNode configDump, FunctionRef callee) {
    List<JsonNode> actions = RouteSearch.actionsTo(configDump, callee);
    if (actions.isEmpty()) {
      return "";
    }
    List<String> words = new ArrayList<>();
    words.add("timeout " + timeout(actions));
    words.add("retries " + retries(actions));
    for (JsonNode config : configDump.path("configs")) {
      for (JsonNode active : config.path("dynamic_active_clusters")) {
        JsonNode cluster = active.path("cluster");
        if (cluster.path("name").asString("").equals(RouteSearch.cluster(callee))) {
          addTo(words, cluster);
        }
      }
    }
    return String.join(", ", words);
  }

  /** A route for answers that are streams limits their beginning only. */
  private static String timeout(List<JsonNode> actions) {
    for (JsonNode action : actions) {
      String timeout = action.path("timeout").asString("0s");
      if (!timeout.equals("0s")) {
        return timeout;
      }
    }
    return NONE;
  }

  private static String retries(List<JsonNode> actions) {
    int most = 0;
    boolean failed = false;
    for (JsonNode action : actions) {
      JsonNode policy = action.path("retry_policy");
      most = Math.max(most, policy.path("num_retries").asInt(0));
      failed |= policy.path("retry_on").asString("").contains("retriable-status-codes");
    }
    if (most == 0) {
      return "0";
    }
    return most
        + (failed
            ? " (idempotent calls whenever they fail)"
            : " (of what the callee cannot have seen)");
  }

  private static void addTo(List<String> words, JsonNode cluster) {
    long calls = cluster.at("/circuit_breakers/thresholds/0/max_requests").asLong(UNLIMITED + 1);
    words.add("max-concurrent-calls " + (calls > UNLIMITED ? NONE : calls));
    JsonNode outliers = cluster.path("outlier_detection");
    if (outliers.isMissingNode()) {
      words.add("outlier-failures off");
    } else {
      words.add("outlier-failures " + outliers.path("consecutive_gateway_failure").asInt());
      words.add("outlier-ejection " + outliers.path("base_ejection_time").asString());
      words.add("outlier-max-ejected " + outliers.path("max_ejection_percent").asInt() + "%");
    }
    String balancing = cluster.path("lb_policy").asString("ROUND_ROBIN");
    words.add("balancing " + balancing.toLowerCase(Locale.ROOT).replace('_', '-'));
    JsonNode preconnect = cluster.at("/preconnect_policy/per_upstream_preconnect_ratio");
    if (!preconnect.isMissingNode()) {
      words.add("preconnect " + preconnect.asDouble());
    }
  }
}
