package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.ResourceType;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * What the stream layer counts and times, for Prometheus. No label grows with the number of
 * clients, and none with what clients make up: unknown types count as "other".
 */
public final class Metrics {
  private static final double NANOS = 1e-9;
  private static final String TYPE = "type";

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();

  public final AtomicLong streams = gauge("streams", "xDS streams open");
  final AtomicLong parked =
      gauge("parked_resources", "Resource versions that clients refuse and are not sent again");
  final Counter slowedRequests =
      counter("slowed_requests_total", "Requests read late because of their number");

  private final Counter responses = counter("responses_total", "Responses sent", TYPE);
  private final Counter resources = counter("resources_total", "Resources sent", TYPE);
  private final Counter bytes = counter("sent_bytes_total", "Bytes of responses sent", TYPE);
  private final Counter oversized =
      counter("oversized_responses_total", "Responses that could not be cut to size", TYPE);
  private final Counter rejects =
      counter("rejects_total", "Responses refused by clients", TYPE, "code");
  private final Counter expiredNonces =
      counter("expired_nonces_total", "Requests that answer a former response", TYPE);
  private final Counter refusedStreams =
      counter("refused_streams_total", "Streams refused or ended by the server", "code");
  private final Counter pushes = counter("pushes_total", "Views handed to streams", "lane");
  private final Histogram convergence =
      seconds("convergence_seconds", "From a change to a client's last ACK of it");
  private final Histogram queue = seconds("queue_seconds", "From a change to its push");
  private final Histogram build = seconds("build_seconds", "Making a change's resources");
  private final Histogram responseBytes =
      Histogram.builder()
          .name("directfaas_xds_response_bytes")
          .help("Sizes of responses")
          .labelNames(TYPE)
          .classicOnly()
          .classicUpperBounds(1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22)
          .register(registry);

  private AtomicLong gauge(String name, String help) {
    AtomicLong value = new AtomicLong();
    gauge(name, help, value::get);
    return value;
  }

  /** A value that is asked for when metrics are read. */
  public void gauge(String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name("directfaas_xds_" + name)
        .help(help)
        .callback(callback -> callback.call(value.getAsLong()))
        .register(registry);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("directfaas_xds_" + name)
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  private Histogram seconds(String name, String help) {
    return Histogram.builder()
        .name("directfaas_xds_" + name)
        .help(help)
        .classicOnly()
        .classicUpperBounds(
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
        .register(registry);
  }

  void pushQueue(IntSupplier pending) {
    gauge("push_queue", "Pushes that have not begun", pending::getAsInt);
  }

  void sent(ResourceType type, int count, int size) {
    responses.labelValues(type.label()).inc();
    resources.labelValues(type.label()).inc(count);
    bytes.labelValues(type.label()).inc(size);
    responseBytes.labelValues(type.label()).observe(size);
  }

  void oversized(ResourceType type) {
    oversized.labelValues(type.label()).inc();
  }

  void rejected(String typeUrl, Status.Code code) {
    rejects.labelValues(ResourceType.of(typeUrl).label(), word(code)).inc();
  }

  void expiredNonce(String typeUrl) {
    expiredNonces.labelValues(ResourceType.of(typeUrl).label()).inc();
  }

  void refusedStream(Status reason) {
    refusedStreams.labelValues(word(reason.getCode())).inc();
  }

  private static String word(Status.Code code) {
    return code.name().toLowerCase(Locale.ROOT);
  }

  void pushSubmitted(boolean urgent) {
    pushes.labelValues(urgent ? "urgent" : "normal").inc();
  }

  void queued(long nanos) {
    queue.observe(nanos * NANOS);
  }

  void converged(long nanos) {
    convergence.observe(nanos * NANOS);
  }

  void built(long nanos) {
    build.observe(nanos * NANOS);
  }

  private static long sum(Counter counter) {
    CounterSnapshot snapshot = counter.collect();
    return (long)
        snapshot.getDataPoints().stream()
            .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
            .sum();
  }

  /** How many resources of a type were sent, all streams together. */
  public long resourcesSent(String typeUrl) {
    CounterDataPoint ofType = resources.labelValues(ResourceType.of(typeUrl).label());
    return (long) ofType.get();
  }

  /** How many resources were sent, all types and streams together. */
  public long resourcesSent() {
    return sum(resources);
  }

  /** How many responses were sent, all types and streams together. */
  public long responsesSent() {
    return sum(responses);
  }

  /** How many responses were refused by clients. */
  public long rejects() {
    return sum(rejects);
  }

  /** How many requests answered a former response. */
  public long expiredNonces() {
    return sum(expiredNonces);
  }

  /** How many resource versions are parked now. */
  public long parkedResources() {
    return parked.get();
  }

  /** Prometheus text format, version 0.0.4. */
  public String text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("an array does not fail", e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
