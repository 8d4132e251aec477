package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;

/** Routes by path. The first that matches counts, so their order matters. */
final class CallRoutes {
  private static final String FUNCTIONS = "/function/";
  static final Duration NO_LIMIT = Duration.getDefaultInstance();

  private CallRoutes() {}

  /**
   * {@code /function/<token>}, with or without more behind it; the function sees what is behind.
   *
   * @param async whether {@code /async-function/<token>} leads somewhere, too
   */
  static void function(
      VirtualHost.Builder host, String token, Graph graph, FunctionRef callee, boolean async) {
    if (async) {
      AsyncRoutes.function(host, token, callee);
    }
    // Two routes, since a prefix alone would also take /function/<token>x.
    RouteAction.Builder action = call(callee);
    host.addRoutes(
        route(graph, callee)
            .setMatch(RouteMatch.newBuilder().setPrefix(FUNCTIONS + token + "/"))
            .setRoute(action));
    host.addRoutes(
        route(graph, callee)
            .setMatch(RouteMatch.newBuilder().setPath(FUNCTIONS + token))
            .setRoute(action));
  }

  private static Route.Builder route(Graph graph, FunctionRef callee) {
    Route.Builder route = Route.newBuilder().setName(callee.toString());
    if (ColdRoutes.isCold(graph, callee)) {
      ColdRoutes.hold(route, callee);
    }
    return route;
  }

  /** Every path, as it is: the host has said which function is meant. */
  static void whole(VirtualHost.Builder host, Graph graph, FunctionRef callee) {
    host.addRoutes(
        route(graph, callee)
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRoute(call(callee).clearPrefixRewrite()));
  }

  private static RouteAction.Builder call(FunctionRef callee) {
    return RouteAction.newBuilder()
        .setCluster(ResourceNames.cluster(callee))
        .setPrefixRewrite("/")
        .setTimeout(NO_LIMIT)
        .setRetryPolicy(retries());
  }

  /** Only where the callee cannot have seen the request, so that it is safe for every method. */
  static RetryPolicy retries() {
    return RetryPolicy.newBuilder()
        .setRetryOn("connect-failure,refused-stream,reset-before-request")
        .setNumRetries(UInt32Value.of(3))
        .addRetryHostPredicate(
            RetryPolicy.RetryHostPredicate.newBuilder()
                .setName("envoy.retry_host_predicates.previous_hosts")
                .setTypedConfig(Resources.pack(PreviousHostsPredicate.getDefaultInstance())))
        .setHostSelectionRetryMaxAttempts(3)
        .build();
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
