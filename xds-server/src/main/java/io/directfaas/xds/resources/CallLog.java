package io.directfaas.xds.resources;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.AndFilter;
import io.envoyproxy.envoy.config.accesslog.v3.LogTypeFilter;
import io.envoyproxy.envoy.config.accesslog.v3.MetadataFilter;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.List;

/**
 * Counts calls where they happen, in the caller's Envoy: begun ones by function, ended ones by
 * function and status with their durations. Nothing is written or sent per call; the counters leave
 * the Envoy every few seconds, see its bootstrap. What is counted is what the caller saw, errors of
 * the Envoy's own included.
 */
public final class CallLog {
  /** A counter, with the tag {@link #ROUTE}. */
  public static final String STARTED = "directfaas.calls_started";

  /** A histogram of microseconds, with the tags {@link #ROUTE} and {@link #CODE}. */
  public static final String ENDED = "directfaas.calls_ended";

  /** A counter of calls that no edge allows, with the tag {@link #CALLEE}. */
  public static final String REFUSED = "directfaas.calls_refused";

  /** {@code namespace/name} of whom a refused call meant, as far as the caller's path says. */
  public static final String CALLEE = "callee";

  /** Where {@link RefusalScript} leaves it: a namespace of dynamic metadata, and its key. */
  static final String METADATA = "directfaas";

  /** The route's name: routes of calls are named after their callee. */
  public static final String ROUTE = "route";

  /** The HTTP status, 0 where there was none. */
  public static final String CODE = "code";

  /** What all statistics of the log begin with. */
  public static final String PREFIX = "directfaas";

  private static final String TYPE =
      "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config";

  /**
   * From a call's first byte to its answer's last one. Where the answer has no end, since the
   * caller or the function has gone, to when that was seen, in milliseconds: without a value the
   * call would not be counted as ended, and seem to be under way for ever.
   */
  private static final String MICROSECONDS =
      """
      %COALESCE({"operators":[\
      {"command":"COMMON_DURATION","param":"DS_RX_BEG:DS_TX_END:us"},\
      {"command":"CEL","param":"request.duration.getSeconds() * 1000000 \
      + request.duration.getMilliseconds() * 1000"}]})%\
      """;

  /** A function can answer with any status; it cannot make the Envoy keep more than this. */
  private static final int MOST_SERIES = 8192;

  /**
   * What a caller makes up goes no further than this, and takes nothing from the counts of calls.
   */
  private static final int MOST_REFUSED = 128;

  private CallLog() {}

  static List<AccessLog> logs() {
    Struct started =
        scope()
            .putFields(
                "counters",
                list(
                    struct("stat", stat("calls_started", tag(ROUTE, "%ROUTE_NAME%")))
                        .putFields("value_fixed", number(1))))
            .build();
    Struct ended =
        scope()
            .putFields(
                "histograms",
                list(
                    struct(
                            "stat",
                            stat(
                                "calls_ended",
                                tag(ROUTE, "%ROUTE_NAME%"),
                                tag(CODE, "%RESPONSE_CODE%")))
                        .putFields("unit", text("Microseconds"))
                        .putFields("value_format", text(MICROSECONDS))))
            .build();
    Struct refused =
        struct(
                "stats_scope",
                struct("prefix", text(PREFIX)).putFields("max_counters", number(MOST_REFUSED)))
            .putFields(
                "counters",
                list(
                    struct(
                            "stat",
                            stat(
                                "calls_refused",
                                tag(CALLEE, "%DYNAMIC_METADATA(" + METADATA + ":" + CALLEE + ")%")))
                        .putFields("value_fixed", number(1))))
            .build();
    return List.of(
        log(ofType(AccessLogType.DownstreamStart), started),
        log(ofType(AccessLogType.DownstreamEnd), ended),
        log(
            AccessLogFilter.newBuilder()
                .setAndFilter(
                    AndFilter.newBuilder()
                        .addFilters(ofType(AccessLogType.DownstreamEnd))
                        .addFilters(wasRefused()))
                .build(),
            refused));
  }

  private static AccessLogFilter ofType(AccessLogType type) {
    return AccessLogFilter.newBuilder()
        .setLogTypeFilter(LogTypeFilter.newBuilder().addTypes(type))
        .build();
  }

  private static AccessLogFilter wasRefused() {
    return AccessLogFilter.newBuilder()
        .setMetadataFilter(
            MetadataFilter.newBuilder()
                .setMatcher(
                    MetadataMatcher.newBuilder()
                        .setFilter(METADATA)
                        .addPath(MetadataMatcher.PathSegment.newBuilder().setKey(CALLEE))
                        .setValue(ValueMatcher.newBuilder().setPresentMatch(true)))
                .setMatchIfKeyNotFound(BoolValue.of(false)))
        .build();
  }

  private static AccessLog log(AccessLogFilter filter, Struct config) {
    return AccessLog.newBuilder()
        .setName("envoy.access_loggers.stats")
        .setFilter(filter)
        // The message's class is newer than the API library's release.
        .setTypedConfig(
            Resources.pack(TypedStruct.newBuilder().setTypeUrl(TYPE).setValue(config).build()))
        .build();
  }

  /**
   * Not shared by name: Envoy 1.40 crashes at the end of {@code --mode validate} with such a scope.
   */
  private static Struct.Builder scope() {
    return struct(
        "stats_scope",
        struct("prefix", text(PREFIX))
            .putFields("max_counters", number(MOST_SERIES))
            .putFields("max_histograms", number(MOST_SERIES)));
  }

  private static Struct.Builder stat(String name, Struct.Builder... tags) {
    return struct("name", text(name)).putFields("tags", list(tags));
  }

  private static Struct.Builder tag(String name, String format) {
    return struct("name", text(name)).putFields("value_format", text(format));
  }

  private static Struct.Builder struct(String key, Struct.Builder value) {
    return struct(key, Value.newBuilder().setStructValue(value).build());
  }

  private static Struct.Builder struct(String key, Value value) {
    return Struct.newBuilder().putFields(key, value);
  }

  private static Value list(Struct.Builder... items) {
    ListValue.Builder list = ListValue.newBuilder();
    for (Struct.Builder item : items) {
      list.addValues(Value.newBuilder().setStructValue(item));
    }
    return Value.newBuilder().setListValue(list).build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value number(int number) {
    return Value.newBuilder().setNumberValue(number).build();
  }
}
