package io.directfaas.xds.resources;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import io.directfaas.graph.CallSetting;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ResponseFlagFilter;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.lua.v3.Lua;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;
import java.util.List;

/**
 * What the listeners for calls have in common, sidecar's and ingress's: OpenFaaS's HTTP manners.
 */
final class HttpListener {
  /** The filter that words refusals; off except on routes that turn it on. */
  static final String LUA = "envoy.filters.http.lua";

  static final SubstitutionFormatString UNREACHABLE =
      text("%ROUTE_NAME% cannot be reached: %RESPONSE_CODE_DETAILS%\n");

  private static final String CALL_ID = "x-call-id";
  private static final String START_TIME = "x-start-time";

  /** No byte in either direction for this long ends a call; its total length is not limited. */
  static final Duration IDLE = Duration.newBuilder().setSeconds(300).build();

  private static final Duration HEADERS_TIMEOUT = Duration.newBuilder().setSeconds(15).build();

  /** As the Go server's 1 MiB, which OpenFaaS's users know. */
  static final int MAX_HEADERS_KIB = 1024;

  private HttpListener() {}

  /**
   * @param refusals Lua that answers what has no route, by name
   */
  static Listener of(String name, SocketAddress address, String routes, RefusalScript refusals) {
    return Listener.newBuilder()
        .setName(name)
        .setAddress(Address.newBuilder().setSocketAddress(address))
        .setTcpBacklogSize(UInt32Value.of(1024))
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(
                    Filter.newBuilder()
                        .setName("envoy.filters.network.http_connection_manager")
                        .setTypedConfig(Resources.pack(manager(name, routes, refusals)))))
        .build();
  }

  private static HttpConnectionManager manager(String name, String routes, RefusalScript refusals) {
    return HttpConnectionManager.newBuilder()
        .setStatPrefix(name)
        .setRds(Rds.newBuilder().setRouteConfigName(routes).setConfigSource(CalleeResources.ads()))
        // Callers are never trusted, wherever they come from: this strips x-envoy-* from requests.
        // An empty configuration would fall back to trusting private addresses.
        .setUseRemoteAddress(BoolValue.of(true))
        .setInternalAddressConfig(InternalAddressConfig.newBuilder().addCidrRanges(nobody()))
        // As OpenFaaS has it: set where there is none, and left alone where there is one.
        .setSkipXffAppend(true)
        // A request id is the callers' own affair; ours is X-Call-Id.
        .setGenerateRequestId(BoolValue.of(false))
        .setPreserveExternalRequestId(true)
        .addEarlyHeaderMutationExtensions(
            TypedExtensionConfig.newBuilder()
                .setName("envoy.http.early_header_mutation.header_mutation")
                .setTypedConfig(Resources.pack(requestHeaders())))
        .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
        .setHttpProtocolOptions(
            Http1ProtocolOptions.newBuilder()
                .setAcceptHttp10(true)
                .setDefaultHostForHttp10(name)
                // Methods are between callers and functions.
                .setAllowCustomMethods(true))
        .setCommonHttpProtocolOptions(HttpProtocolOptions.newBuilder().setIdleTimeout(IDLE))
        .setMaxRequestHeadersKb(UInt32Value.of(MAX_HEADERS_KIB))
        .setRequestHeadersTimeout(HEADERS_TIMEOUT)
        .setStreamIdleTimeout(IDLE)
        // A fully qualified name is the same name.
        .setStripTrailingHostDot(true)
        .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
        .setLocalReplyConfig(localReplies())
        .addAllAccessLog(CallLog.logs())
        .setAccessLogOptions(
            HttpConnectionManager.HcmAccessLogOptions.newBuilder()
                .setFlushAccessLogOnNewRequest(true))
        .addHttpFilters(ColdRoutes.filter())
        .addHttpFilters(
            HttpFilter.newBuilder()
                .setName(LUA)
                .setDisabled(true)
                .setTypedConfig(
                    Resources.pack(
                        Lua.newBuilder()
                            .putSourceCodes(
                                RefusalScript.NAME,
                                DataSource.newBuilder().setInlineString(refusals.source()).build())
                            .build())))
        .addHttpFilters(
            HttpFilter.newBuilder()
                .setName("envoy.filters.http.router")
                .setTypedConfig(
                    Resources.pack(Router.newBuilder().setSuppressEnvoyHeaders(true).build())))
        .build();
  }

  static CidrRange nobody() {
    return CidrRange.newBuilder()
        .setAddressPrefix("0.0.0.0")
        .setPrefixLen(UInt32Value.of(32))
        .build();
  }

  /** Before routing, so that refusals carry them, too. */
  private static io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3
          .HeaderMutation
      requestHeaders() {
    return io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3
        .HeaderMutation.newBuilder()
        .addMutations(append(CALL_ID, "%UNIQUE_ID%", HeaderAppendAction.ADD_IF_ABSENT))
        // Seconds and nine digits of their fraction: unix nanoseconds.
        .addMutations(
            append(
                START_TIME, "%START_TIME(%s%9f)%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
        .addMutations(
            append("x-forwarded-host", "%REQ(:AUTHORITY)%", HeaderAppendAction.ADD_IF_ABSENT))
        .addMutations(
            append(
                "x-forwarded-for",
                "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
                HeaderAppendAction.ADD_IF_ABSENT))
        .build();
  }

  private static HeaderMutation append(String name, String value, HeaderAppendAction action) {
    return HeaderMutation.newBuilder().setAppend(header(name, value, action)).build();
  }

  static HeaderValueOption header(String name, String value, HeaderAppendAction action) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppendAction(action)
        .build();
  }

  /**
   * OpenFaaS's answers where a function cannot be reached; routes are named after functions.
   *
   * <p>Marked as {@link #internal} are those to calls that no function has seen. A call that broke
   * off or took too long may have had its effect: whether it is made again is up to whoever made
   * it, and is never a matter of course.
   */
  static LocalReplyConfig localReplies() {
    return LocalReplyConfig.newBuilder()
        .addMappers(
            ResponseMapper.newBuilder()
                .setFilter(flags("UH"))
                .setBodyFormatOverride(text("%ROUTE_NAME% has no ready replica\n"))
                .addHeadersToAdd(internal()))
        .addMappers(
            ResponseMapper.newBuilder()
                .setFilter(flags("UO"))
                .setBodyFormatOverride(
                    text(
                        "%ROUTE_NAME% has as many calls from here under way as "
                            + CallSetting.MAX_CONCURRENT_CALLS.annotation()
                            + " allows\n"))
                .addHeadersToAdd(internal()))
        .addMappers(
            ResponseMapper.newBuilder()
                .setFilter(flags("UT"))
                .setBodyFormatOverride(
                    text(
                        "%ROUTE_NAME% has not answered in the time that "
                            + CallSetting.TIMEOUT.annotation()
                            + " allows\n")))
        .addMappers(
            ResponseMapper.newBuilder()
                .setFilter(flags("UC", "UR"))
                .setStatusCode(UInt32Value.of(502))
                .setBodyFormatOverride(UNREACHABLE))
        .addMappers(
            ResponseMapper.newBuilder()
                .setFilter(flags("UF", "URX"))
                .setStatusCode(UInt32Value.of(502))
                .setBodyFormatOverride(UNREACHABLE)
                .addHeadersToAdd(internal()))
        // A cold call that was refused, in the control plane's words.
        .addMappers(
            ResponseMapper.newBuilder().setFilter(flags("UAEX")).addHeadersToAdd(internal()))
        .build();
  }

  /**
   * OpenFaaS's mark of answers that are not a function's. Its queue workers make every call again
   * that is answered with it, whatever the function's retry codes are.
   */
  static HeaderValueOption internal() {
    return header("x-openfaas-internal", "proxy", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
  }

  static AccessLogFilter flags(String... flags) {
    return AccessLogFilter.newBuilder()
        .setResponseFlagFilter(ResponseFlagFilter.newBuilder().addAllFlags(List.of(flags)))
        .build();
  }

  static SubstitutionFormatString text(String format) {
    return SubstitutionFormatString.newBuilder()
        .setTextFormatSource(DataSource.newBuilder().setInlineString(format))
        .build();
  }

  /**
   * Routes for such a listener: for any host that has none of its own, the given ones in order;
   * with what every answer says of its call.
   */
  static RouteConfiguration.Builder routes(String name, VirtualHost.Builder host) {
    return routes(name).addVirtualHosts(host.setName("calls").addDomains("*"));
  }

  /** The same without any route. */
  static RouteConfiguration.Builder routes(String name) {
    return RouteConfiguration.newBuilder()
        .setName(name)
        // Envoy's own note of who called; functions know X-Forwarded-For.
        .addRequestHeadersToRemove("x-envoy-external-address")
        .addResponseHeadersToAdd(
            header(CALL_ID, "%REQ(X-CALL-ID)%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
        .addResponseHeadersToAdd(
            header(
                START_TIME, "%REQ(X-START-TIME)%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
  }
}
