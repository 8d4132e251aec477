package io.directfaas.xds.resources;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.LogTypeFilter;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
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

  /** The route's name: routes of calls are named after their callee. */
  public static final String ROUTE = "route";

  /** The HTTP status, 0 where there was none. */
  public static final String CODE = "code";

  /** What all statistics of the log begin with. */
  public static final String PREFIX = "directfaas";

  private static final String TYPE =
      "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config";

  /** A function can answer with any status; it cannot make the Envoy keep more than this. */
  private static final int MOST_SERIES = 8192;

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
                        .putFields(
                            "value_format", text("%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%"))))
            .build();
    return List.of(
        log(AccessLogType.DownstreamStart, started), log(AccessLogType.DownstreamEnd, ended));
  }

  private static AccessLog log(AccessLogType type, Struct config) {
    return AccessLog.newBuilder()
        .setName("envoy.access_loggers.stats")
        .setFilter(
            AccessLogFilter.newBuilder()
                .setLogTypeFilter(LogTypeFilter.newBuilder().addTypes(type)))
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
