package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * Routes of asynchronous calls: to the queue worker, by a unix socket that functions cannot reach.
 * Whom a caller may call is decided here, by whether there is a route; the worker is told the
 * callee in a header.
 */
final class AsyncRoutes {
  static final String CLUSTER = "queue-worker";
  static final String FUNCTIONS = "/async-function/";
  private static final String CALLEE = "x-directfaas-callee";

  /** Not the callee's own name, under which its calls are counted: this is none yet. */
  private static final String ROUTE = "async/";

  private AsyncRoutes() {}

  static XdsResource cluster(String socket) {
    return Resources.of(ResourceType.CLUSTER, CLUSTER, UnixCluster.of(CLUSTER, socket));
  }

  /** {@code /async-function/<token>}, with or without more behind it. */
  static void function(VirtualHost.Builder host, String token, FunctionRef callee) {
    host.addRoutes(route(RouteMatch.newBuilder().setPrefix(FUNCTIONS + token + "/"), callee));
    host.addRoutes(route(RouteMatch.newBuilder().setPath(FUNCTIONS + token), callee));
  }

  private static Route.Builder route(RouteMatch.Builder match, FunctionRef callee) {
    return Route.newBuilder()
        .setName(ROUTE + callee)
        .setMatch(match.addHeaders(method(false)))
        .addRequestHeadersToAdd(
            HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(CALLEE).setValue(callee.toString()))
                .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
        .setRoute(
            RouteAction.newBuilder()
                .setCluster(CLUSTER)
                .setPrefixRewrite("/")
                .setTimeout(CallRoutes.NO_LIMIT));
  }

  /** Other methods, and functions that the caller may not call. */
  static void others(VirtualHost.Builder host) {
    CallRoutes.fixed(
        host,
        RouteMatch.newBuilder().setPrefix(FUNCTIONS).addHeaders(method(true)),
        405,
        "405 method not allowed");
    host.addRoutes(
        Route.newBuilder()
            .setName("refused")
            .setMatch(RouteMatch.newBuilder().setPrefix(FUNCTIONS))
            .setDirectResponse(DirectResponseAction.newBuilder().setStatus(403))
            .putTypedPerFilterConfig(HttpListener.LUA, RefusalScript.onRoute()));
  }

  private static HeaderMatcher method(boolean anyOther) {
    return HeaderMatcher.newBuilder()
        .setName(":method")
        .setStringMatch(StringMatcher.newBuilder().setExact("POST"))
        .setInvertMatch(anyOther)
        .build();
  }
}
