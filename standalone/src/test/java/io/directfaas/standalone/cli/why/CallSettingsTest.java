package io.directfaas.standalone.cli.why;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** In the shapes in which Envoy 1.40 prints what xds-server makes. */
class CallSettingsTest {
  private static final FunctionRef B = new FunctionRef("acme", "b");
  private static final String UNSEEN =
      "\"retry_on\":\"connect-failure,refused-stream,reset-before-request\"";

  private static JsonNode dump(String actions, String cluster) {
    StringBuilder routes = new StringBuilder();
    for (String action : actions.split(";")) {
      routes
          .append(routes.isEmpty() ? "" : ",")
          .append("{\"match\":{\"path\":\"/function/b\"},\"route\":{\"cluster\":\"fn/acme/b\",")
          .append(action)
          .append("}}");
    }
    return JsonMapper.builder()
        .build()
        .readTree(
            """
            {"configs":[
              {"dynamic_active_clusters":[
                {"cluster":{"name":"fn/acme/c","lb_policy":"RANDOM"}},
                {"cluster":{"name":"fn/acme/b"%s}}]},
              {"dynamic_route_configs":[{"route_config":{"virtual_hosts":[{"routes":[%s]}]}}]}]}
            """
                .formatted(cluster, routes));
  }

  @Test
  void where_nothing_is_said_it_is_what_holds_by_default() {
    JsonNode dump =
        dump(
            "\"timeout\":\"0s\",\"retry_policy\":{%s,\"num_retries\":3}".formatted(UNSEEN),
            """
            ,"lb_policy":"LEAST_REQUEST",
            "circuit_breakers":{"thresholds":[{"max_requests":1048576}]},
            "outlier_detection":{"consecutive_gateway_failure":5,"base_ejection_time":"30s",
              "max_ejection_percent":50}
            """);
    assertThat(CallSettings.of(dump, B))
        .isEqualTo(
            "timeout none, retries 3 (of what the callee cannot have seen), max-concurrent-calls"
                + " none, outlier-failures 5, outlier-ejection 30s, outlier-max-ejected 50%,"
                + " balancing least-request");
  }

  @Test
  void what_is_said_is_found_in_whichever_route_has_it() {
    JsonNode dump =
        dump(
            "\"timeout\":\"0s\",\"retry_policy\":{%s,\"num_retries\":2,\"per_try_timeout\":\"5s\"};"
                    .formatted(UNSEEN)
                + "\"timeout\":\"5s\",\"retry_policy\":{\"num_retries\":2,\"retry_on\":"
                + "\"connect-failure,reset,retriable-status-codes\"}",
            """
            ,"circuit_breakers":{"thresholds":[{"max_requests":7}]},
            "preconnect_policy":{"per_upstream_preconnect_ratio":1.5}
            """);
    assertThat(CallSettings.of(dump, B))
        .isEqualTo(
            "timeout 5s, retries 2 (idempotent calls whenever they fail), max-concurrent-calls 7,"
                + " outlier-failures off, balancing round-robin, preconnect 1.5");
  }

  @Test
  void without_retries_there_are_none_and_without_a_route_nothing() {
    JsonNode dump = dump("\"timeout\":\"0s\",\"retry_policy\":{%s}".formatted(UNSEEN), "");
    assertThat(CallSettings.of(dump, B)).startsWith("timeout none, retries 0, ");
    assertThat(CallSettings.of(dump, new FunctionRef("acme", "c"))).isEmpty();
  }
}
