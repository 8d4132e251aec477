package io.directfaas.standalone.cli.why;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RouteSearchTest {
  private static final FunctionRef B = new FunctionRef("acme", "b");
  private static final JsonNode DUMP =
      json(
          """
          {"configs":[{"@type":"bootstrap"},{"dynamic_route_configs":[{"route_config":{
            "name":"outbound/acme/a","virtual_hosts":[{"routes":[
              {"match":{"prefix":"/function/b/"},"route":{"cluster":"fn/acme/b"}},
              {"match":{"path":"/function/b"},"route":{"cluster":"fn/acme/b"}},
              {"match":{"prefix":"/function/"},"direct_response":{"status":403}}]}]}}]}]}
          """);
  private static final JsonNode CLUSTERS =
      json(
          """
          {"cluster_statuses":[{"name":"fn/acme/b","host_statuses":[
            {"address":{"socket_address":{"address":"10.88.0.4","port_value":8080}},
             "health_status":{"eds_health_status":"HEALTHY"}},
            {"address":{"socket_address":{"address":"10.88.0.5","port_value":8080}},
             "health_status":{"eds_health_status":"HEALTHY","failed_outlier_check":true}}]}]}
          """);

  @Test
  void the_routes_that_lead_to_the_callee_are_found() {
    assertThat(RouteSearch.matchesOf(DUMP, B)).containsExactly("/function/b/", "/function/b");
    assertThat(RouteSearch.matchesOf(DUMP, new FunctionRef("acme", "c"))).isEmpty();
  }

  @Test
  void a_path_with_routes_for_several_kinds_of_calls_is_named_once() {
    JsonNode dump =
        json(
            """
            {"configs":[{"dynamic_route_configs":[{"route_config":{"virtual_hosts":[{
              "domains":["/function/b.acme","/function/b.acme*"],"routes":[
              {"match":{"path":"/function/b.acme","headers":[{"name":"accept"}]},
               "route":{"cluster":"fn/acme/b"}},
              {"match":{"path":"/function/b.acme"},"route":{"cluster":"fn/acme/b"}}]}]}}]}]}
            """);
    assertThat(RouteSearch.matchesOf(dump, B)).containsExactly("/function/b.acme");
  }

  @Test
  void only_healthy_endpoints_count() {
    assertThat(RouteSearch.healthyEndpoints(CLUSTERS, B))
        .hasValueSatisfying(hosts -> assertThat(hosts).containsExactly("10.88.0.4:8080"));
    assertThat(RouteSearch.healthyEndpoints(CLUSTERS, new FunctionRef("acme", "c"))).isEmpty();
  }

  private static JsonNode json(String text) {
    return JsonMapper.builder().build().readTree(text);
  }
}
