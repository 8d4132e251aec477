package io.directfaas.queue;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the worker counts, for Prometheus and for {@code status}. Counters begin with the process.
 * The only label that grows is the function's, with the functions whose calls wait.
 */
final class WorkerMetrics {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();

  private final CallQueue queue;
  private final Gauge inFlight =
      Gauge.builder()
          .name("directfaas_queue_in_flight")
          .help("Calls that are being made")
          .register(registry);
  private final Counter accepted = counter("accepted_total", "Calls answered with 202");
  private final Counter executed = counter("executed_total", "Calls that a function has answered");
  private final Counter retried =
      counter(
          "retried_total",
          "Calls put back: for their status, or because no function could be reached",
          "reason");
  private final Counter abandoned =
      counter("abandoned_total", "Calls given up: the last try failed, or nobody was reached");
  private final Counter callbacks = counter("callbacks_total", "Results sent, or not", "outcome");

  WorkerMetrics(CallQueue queue) {
    this.queue = queue;
    // There from the start, so that rates begin at nothing.
    retried.initLabelValues("status");
    retried.initLabelValues("unreached");
    callbacks.initLabelValues("sent");
    callbacks.initLabelValues("failed");
    GaugeWithCallback.builder()
        .name("directfaas_queue_depth")
        .help("Calls that were accepted and are not done with, by function")
        .labelNames("function_name")
        .callback(
            callback ->
                queue.depths().forEach((function, calls) -> callback.call(calls, token(function))))
        .register(registry);
  }

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("directfaas_queue_" + name)
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  void accepted() {
    accepted.inc();
  }

  void begun() {
    inFlight.inc();
  }

  void ended() {
    inFlight.dec();
  }

  void executed() {
    executed.inc();
  }

  void retriedForStatus() {
    retried.labelValues("status").inc();
  }

  void retriedUnreached() {
    retried.labelValues("unreached").inc();
  }

  void abandoned() {
    abandoned.inc();
  }

  void callback(boolean sent) {
    callbacks.labelValues(sent ? "sent" : "failed").inc();
  }

  /** Prometheus text format, version 0.0.4. */
  byte[] prometheus() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("an array does not fail", e);
    }
    return out.toByteArray();
  }

  /** The same as a JSON object; {@code functions} is what waits or is being made of each. */
  byte[] json() {
    ObjectNode json = JSON.createObjectNode();
    Map<String, Long> depths = queue.depths();
    json.put("depth", depths.values().stream().mapToLong(Long::longValue).sum());
    json.put("inFlight", (long) inFlight.get());
    json.put("accepted", (long) accepted.get());
    json.put("executed", (long) executed.get());
    json.put(
        "retried",
        (long) (retried.labelValues("status").get() + retried.labelValues("unreached").get()));
    json.put("abandoned", (long) abandoned.get());
    ObjectNode results = json.putObject("callbacks");
    results.put("sent", (long) callbacks.labelValues("sent").get());
    results.put("failed", (long) callbacks.labelValues("failed").get());
    ArrayNode functions = json.putArray("functions");
    depths.forEach(
        (function, calls) -> functions.addObject().put("function", function).put("depth", calls));
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** {@code name.namespace}, as gateway-lite's metrics have it. */
  private static String token(String function) {
    int slash = function.indexOf('/');
    return function.substring(slash + 1) + "." + function.substring(0, slash);
  }
}
