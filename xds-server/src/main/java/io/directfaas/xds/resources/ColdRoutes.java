package io.directfaas.xds.resources;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.CheckSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * Routes to functions that have no ready replica: they alone ask the control plane, which answers
 * when there is one. Every other route has the filter off, and its calls ask nobody.
 */
public final class ColdRoutes {
  /** The context extension that names the callee, {@code namespace/name}. */
  public static final String CALLEE = "callee";

  private static final String FILTER = "envoy.filters.http.ext_authz";

  /** The cluster of the control plane, in every bootstrap of ours. */
  private static final String CONTROL_PLANE = "xds";

  /** Longer than the control plane lets a call wait: its own words are better. */
  private static final Duration LONGEST = Duration.newBuilder().setSeconds(600).build();

  private ColdRoutes() {}

  /** Whether calls have to wait. Any other number than none is the balancer's matter. */
  public static boolean isCold(Graph graph, FunctionRef function) {
    return graph.replicasOf(function).stream().noneMatch(Replica::isReady);
  }

  static HttpFilter filter() {
    return HttpFilter.newBuilder()
        .setName(FILTER)
        .setDisabled(true)
        .setTypedConfig(
            Resources.pack(
                ExtAuthz.newBuilder()
                    .setTransportApiVersion(ApiVersion.V3)
                    .setGrpcService(
                        GrpcService.newBuilder()
                            .setEnvoyGrpc(
                                GrpcService.EnvoyGrpc.newBuilder().setClusterName(CONTROL_PLANE))
                            .setTimeout(LONGEST))
                    // Who calls whom is all there is to know: no header of the caller's leaves.
                    .setAllowedHeaders(
                        ListStringMatcher.newBuilder()
                            .addPatterns(StringMatcher.newBuilder().setExact("x-call-id")))
                    .setStatusOnError(
                        io.envoyproxy.envoy.type.v3.HttpStatus.newBuilder()
                            .setCode(io.envoyproxy.envoy.type.v3.StatusCode.ServiceUnavailable))
                    .build()))
        .build();
  }

  static void hold(Route.Builder route, FunctionRef callee) {
    route.putTypedPerFilterConfig(FILTER, ask(callee));
  }

  private static Any ask(FunctionRef callee) {
    return Resources.pack(
        ExtAuthzPerRoute.newBuilder()
            .setCheckSettings(
                CheckSettings.newBuilder().putContextExtensions(CALLEE, callee.toString()))
            .build());
  }
}
