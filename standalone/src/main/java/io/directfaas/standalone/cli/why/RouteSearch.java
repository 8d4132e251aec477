package io.directfaas.standalone.cli.why;

import io.directfaas.graph.FunctionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** Reads an Envoy's own configuration ({@code /config_dump}, {@code /clusters?format=json}). */
final class RouteSearch {
  private RouteSearch() {}

  /** The cluster that leads to a function. */
  static String cluster(FunctionRef callee) {
    return "fn/" + callee.namespace() + "/" + callee.name();
  }

  /**
   * Where routes to the callee's cluster match, such as {@code /function/b}; empty when none leads
   * there.
   */
  static List<String> matchesOf(JsonNode configDump, FunctionRef callee) {
    List<String> matches = new ArrayList<>();
    forEachRoute(
        configDump,
        callee,
        (host, route) -> {
          String match = host(host) + match(route.path("match"));
          // Calls of several kinds have routes of their own.
          if (!matches.contains(match)) {
            matches.add(match);
          }
        });
    return matches;
  }

  /** What the routes to the callee do, in order. */
  static List<JsonNode> actionsTo(JsonNode configDump, FunctionRef callee) {
    List<JsonNode> actions = new ArrayList<>();
    forEachRoute(configDump, callee, (host, route) -> actions.add(route.path("route")));
    return actions;
  }

  private static void forEachRoute(
      JsonNode configDump, FunctionRef callee, BiConsumer<JsonNode, JsonNode> each) {
    String cluster = cluster(callee);
    for (JsonNode config : configDump.path("configs")) {
      for (String kind : List.of("dynamic_route_configs", "static_route_configs")) {
        for (JsonNode routes : config.path(kind)) {
          for (JsonNode host : routes.path("route_config").path("virtual_hosts")) {
            for (JsonNode route : host.path("routes")) {
              if (leadsTo(route.path("route"), cluster)) {
                each.accept(host, route);
              }
            }
          }
        }
      }
    }
  }

  /**
   * By which name, where the host tells the function; nothing where any host will do. The ingress
   * has a host for the paths of each function.
   */
  private static String host(JsonNode virtualHost) {
    String first = virtualHost.path("domains").path(0).asString("*");
    return first.equals("*") || first.startsWith("/") ? "" : "http://" + first + ":8080";
  }

  private static boolean leadsTo(JsonNode action, String cluster) {
    if (action.path("cluster").asString("").equals(cluster)) {
      return true;
    }
    for (JsonNode weighted : action.path("weighted_clusters").path("clusters")) {
      if (weighted.path("name").asString("").equals(cluster)) {
        return true;
      }
    }
    return false;
  }

  private static String match(JsonNode match) {
    for (String kind : List.of("path", "prefix", "path_separated_prefix")) {
      if (match.has(kind)) {
        return match.path(kind).asString();
      }
    }
    return match.path("safe_regex").path("regex").asString("?");
  }

  /** The addresses Envoy would send the call to now, or empty if it does not know the cluster. */
  static Optional<List<String>> healthyEndpoints(JsonNode clusters, FunctionRef callee) {
    String cluster = cluster(callee);
    for (JsonNode status : clusters.path("cluster_statuses")) {
      if (!status.path("name").asString("").equals(cluster)) {
        continue;
      }
      List<String> endpoints = new ArrayList<>();
      for (JsonNode host : status.path("host_statuses")) {
        JsonNode address = host.path("address").path("socket_address");
        JsonNode health = host.path("health_status");
        boolean healthy =
            health.path("eds_health_status").asString("HEALTHY").equals("HEALTHY")
                && !health.path("failed_active_health_check").asBoolean(false)
                && !health.path("failed_outlier_check").asBoolean(false);
        if (healthy) {
          endpoints.add(
              address.path("address").asString() + ":" + address.path("port_value").asInt());
        }
      }
      return Optional.of(endpoints);
    }
    return Optional.empty();
  }
}
