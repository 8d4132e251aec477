package io.directfaas.xds.resources;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.CallSetting;
import io.directfaas.graph.DataPath;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The timeout and the retries of calls, on their routes. A route is of one kind for all calls, so
 * where calls differ there is a route for each kind; by default they do not.
 */
final class RoutePolicy {
  /** Where the callee cannot have seen the request, which is safe for every method. */
  private static final String UNSEEN = "connect-failure,refused-stream,reset-before-request";

  private static final int UNSEEN_RETRIES = 3;

  /** RFC 9110 section 9.2.2: whose effect is the same, made once or twice. */
  private static final HeaderMatcher IDEMPOTENT =
      matching(":method", "GET|HEAD|PUT|DELETE|OPTIONS|TRACE");

  /** As OpenFaaS tells answers that are streams, which may go on for as long as they like. */
  private static final HeaderMatcher STREAMED =
      matching("accept", ".*(text/event-stream|application/x-ndjson).*");

  /** By this a callee's sidecar says that its function has not seen the call. */
  static final String UNREACHED = "x-directfaas-unreached";

  private final CallPolicy policy;
  private final boolean mtls;

  RoutePolicy(CallPolicy policy, DataPath path) {
    this.policy = policy;
    this.mtls = path == DataPath.MTLS;
  }

  /** The routes of these calls, in order: the kinds, then the rest. */
  List<Route> routes(Route.Builder route, RouteMatch match, RouteAction action) {
    boolean limited = timeout() > 0;
    boolean repeated = policy.get(CallSetting.RETRIES).orElse(0) > 0;
    if (mtls) {
      route.addResponseHeadersToRemove(UNREACHED);
    }
    List<Route> routes = new ArrayList<>();
    for (boolean streamed : limited ? new boolean[] {true, false} : new boolean[] {false}) {
      for (boolean idempotent : repeated ? new boolean[] {true, false} : new boolean[] {false}) {
        RouteMatch.Builder kind = match.toBuilder();
        if (streamed) {
          kind.addHeaders(STREAMED);
        }
        if (idempotent) {
          kind.addHeaders(IDEMPOTENT);
        }
        routes.add(
            route
                .clone()
                .setMatch(kind)
                .setRoute(action(action.toBuilder(), streamed, idempotent))
                .build());
      }
    }
    return routes;
  }

  private long timeout() {
    return policy.get(CallSetting.TIMEOUT).orElse(0);
  }

  private RouteAction.Builder action(
      RouteAction.Builder action, boolean streamed, boolean idempotent) {
    Duration timeout = Durations.fromMillis(timeout());
    RetryPolicy.Builder retries = retries(idempotent, streamed);
    if (streamed) {
      // The timeout of a try ends when its answer begins.
      retries.setPerTryTimeout(timeout);
    }
    action.setTimeout(streamed ? CallRoutes.NO_LIMIT : timeout);
    if (Durations.compare(timeout, HttpListener.IDLE) > 0) {
      // Who may think for so long may be silent for so long.
      action.setIdleTimeout(timeout);
    }
    return action.setRetryPolicy(retries);
  }

  private RetryPolicy.Builder retries(boolean idempotent, boolean streamed) {
    OptionalLong most = policy.get(CallSetting.RETRIES);
    RetryPolicy.Builder retries =
        unseen().setNumRetries(UInt32Value.of((int) most.orElse(UNSEEN_RETRIES)));
    if (mtls) {
      retries
          .setRetryOn(retries.getRetryOn() + ",retriable-headers")
          .addRetriableHeaders(HeaderMatcher.newBuilder().setName(UNREACHED).setPresentMatch(true));
    }
    if (idempotent) {
      // A try that ran into its timeout is a reset, too; the timeout is for all tries together.
      retries
          .setRetryOn(retries.getRetryOn() + (streamed ? "" : ",reset") + ",retriable-status-codes")
          .addRetriableStatusCodes(502)
          .addRetriableStatusCodes(503)
          .addRetriableStatusCodes(504);
    }
    return retries;
  }

  /** What holds where nothing is said. */
  static RetryPolicy.Builder unseen() {
    return RetryPolicy.newBuilder()
        .setRetryOn(UNSEEN)
        .setNumRetries(UInt32Value.of(UNSEEN_RETRIES))
        .addRetryHostPredicate(
            RetryPolicy.RetryHostPredicate.newBuilder()
                .setName("envoy.retry_host_predicates.previous_hosts")
                .setTypedConfig(Resources.pack(PreviousHostsPredicate.getDefaultInstance())))
        // The balancer picks at random: ten misses of the other one of two are rare.
        .setHostSelectionRetryMaxAttempts(10);
  }

  private static HeaderMatcher matching(String header, String regex) {
    return HeaderMatcher.newBuilder()
        .setName(header)
        .setStringMatch(
            StringMatcher.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex(regex)))
        .build();
  }
}
