package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;

/** Routes by path. The first that matches counts, so their order matters. */
final class CallRoutes {
  static final String FUNCTIONS = "/function/";
  static final Duration NO_LIMIT = Duration.getDefaultInstance();

  private CallRoutes() {}

  /**
   * {@code /function/<token>}, with or without more behind it; the function sees what is behind.
   *
   * @param async whether {@code /async-function/<token>} leads somewhere, too
   */
  static void function(
      VirtualHost.Builder host, String token, Graph graph, Edge edge, boolean async) {
    if (async) {
      AsyncRoutes.function(host, token, edge.callee());
    }
    // Two routes, since a prefix alone would also take /function/<token>x.
    RouteAction action = call(edge.callee()).setPrefixRewrite("/").build();
    RouteMatch.Builder match = RouteMatch.newBuilder();
    add(host, graph, edge, match.setPrefix(FUNCTIONS + token + "/").build(), action);
    add(host, graph, edge, match.setPath(FUNCTIONS + token).build(), action);
  }

  /** Every path, as it is: the host has said which function is meant. */
  static void whole(VirtualHost.Builder host, Graph graph, Edge edge) {
    add(
        host,
        graph,
        edge,
        RouteMatch.newBuilder().setPrefix("/").build(),
        call(edge.callee()).build());
  }

  private static void add(
      VirtualHost.Builder host, Graph graph, Edge edge, RouteMatch match, RouteAction action) {
    Route.Builder route = Route.newBuilder().setName(edge.callee().toString());
    if (ColdRoutes.isCold(graph, edge.callee())) {
      ColdRoutes.hold(route, edge.callee());
    }
    host.addAllRoutes(
        new RoutePolicy(CallPolicy.inForce(graph, edge), edge.dataPath())
            .routes(route, match, action));
  }

  private static RouteAction.Builder call(FunctionRef callee) {
    return RouteAction.newBuilder().setCluster(ResourceNames.cluster(callee));
  }

  /** Any other function: refused in words. */
  static void otherFunctions(VirtualHost.Builder host) {
    host.addRoutes(
        Route.newBuilder()
            .setName("refused")
            .setMatch(RouteMatch.newBuilder().setPrefix(FUNCTIONS))
            // Never reached: the script answers first. Envoy wants an action.
            .setDirectResponse(DirectResponseAction.newBuilder().setStatus(403))
            .putTypedPerFilterConfig(HttpListener.LUA, RefusalScript.onRoute()));
  }

  static void notImplemented(VirtualHost.Builder host, String prefix, String text) {
    fixed(host, RouteMatch.newBuilder().setPrefix(prefix), 501, text);
  }

  static void fixed(VirtualHost.Builder host, RouteMatch.Builder match, int status, String text) {
    host.addRoutes(
        Route.newBuilder()
            .setMatch(match)
            .setDirectResponse(
                DirectResponseAction.newBuilder()
                    .setStatus(status)
                    .setBody(DataSource.newBuilder().setInlineString(text + "\n"))));
  }

  /** What any listener does with paths that mean nothing. */
  static void rest(VirtualHost.Builder host, boolean async) {
    if (async) {
      AsyncRoutes.others(host);
    } else {
      notImplemented(host, "/async-function/", "there is no queue for asynchronous calls here");
    }
    notImplemented(host, "/chain/", "chains are not available yet");
    fixed(host, RouteMatch.newBuilder().setPrefix("/"), 404, "404 page not found");
  }
}
