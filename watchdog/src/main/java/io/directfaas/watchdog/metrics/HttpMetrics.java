package io.directfaas.watchdog.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Requests by status and method, under the names that OpenFaaS's watchdogs use. */
public final class HttpMetrics {
  /** Upper bounds in seconds: Prometheus's default buckets. */
  static final double[] BOUNDS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

  private record Labels(int code, String method) implements Comparable<Labels> {
    @Override
    public int compareTo(Labels other) {
      int byCode = Integer.compare(code, other.code);
      return byCode != 0 ? byCode : method.compareTo(other.method);
    }

    @Override
    public String toString() {
      return "code=\"" + code + "\",method=\"" + method + "\"";
    }
  }

  private static final class Series {
    /** Not cumulative; the last is beyond all bounds. */
    private final AtomicLongArray buckets = new AtomicLongArray(BOUNDS.length + 1);

    private final LongAdder nanos = new LongAdder();
  }

  private final Map<Labels, Series> series = new ConcurrentSkipListMap<>();
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Counts a request as in flight; its end is told to {@link #ended}. */
  public void begun() {
    inFlight.incrementAndGet();
  }

  public void ended(String method, int code, long nanos) {
    Series one = series.computeIfAbsent(new Labels(code, label(method)), absent -> new Series());
    one.buckets.incrementAndGet(bucket(nanos));
    one.nanos.add(nanos);
    inFlight.decrementAndGet();
  }

  static int bucket(long nanos) {
    double seconds = nanos / 1e9;
    int bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
      bucket++;
    }
    return bucket;
  }

  public int inFlight() {
    return inFlight.get();
  }

  /** All of it in Prometheus's text format, version 0.0.4. */
  public String text() {
    StringBuilder total =
        new StringBuilder("# HELP http_requests_total Requests that were answered.\n")
            .append("# TYPE http_requests_total counter\n");
    StringBuilder duration =
        new StringBuilder("# HELP http_request_duration_seconds Seconds until the answer.\n")
            .append("# TYPE http_request_duration_seconds histogram\n");
    series.forEach(
        (labels, one) -> {
          long count = 0;
          for (int i = 0; i <= BOUNDS.length; i++) {
            count += one.buckets.get(i);
            String bound = i == BOUNDS.length ? "+Inf" : number(BOUNDS[i]);
            duration.append("http_request_duration_seconds_bucket{").append(labels);
            duration.append(",le=\"").append(bound).append("\"} ").append(count).append('\n');
          }
          duration.append("http_request_duration_seconds_sum{").append(labels).append("} ");
          duration.append(one.nanos.sum() / 1e9).append('\n');
          duration.append("http_request_duration_seconds_count{").append(labels).append("} ");
          duration.append(count).append('\n');
          total.append("http_requests_total{").append(labels).append("} ").append(count);
          total.append('\n');
        });
    return total.append(duration)
        + "# HELP http_requests_in_flight Requests being answered.\n"
        + "# TYPE http_requests_in_flight gauge\n"
        + "http_requests_in_flight "
        + inFlight.get()
        + '\n';
  }

  private static String number(double bound) {
    return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
  }

  /** The method comes from the client: any but the known would grow the series without bound. */
  private static String label(String method) {
    return switch (method) {
      case "GET" -> "get";
      case "POST" -> "post";
      case "PUT" -> "put";
      case "PATCH" -> "patch";
      case "DELETE" -> "delete";
      case "HEAD" -> "head";
      case "OPTIONS" -> "options";
      default -> "unknown";
    };
  }
}
