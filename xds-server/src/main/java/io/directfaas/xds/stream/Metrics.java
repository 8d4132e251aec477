package io.directfaas.xds.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the stream layer. No label grows with the number of clients. */
public final class Metrics {
  final AtomicLong streams = new AtomicLong();
  final LongAdder staleNonces = new LongAdder();
  final LongAdder refusedStreams = new LongAdder();
  private final Map<String, LongAdder> responses = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> resources = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> rejects = new ConcurrentHashMap<>();

  void sent(String type, int count) {
    add(responses, type, 1);
    add(resources, type, count);
  }

  void rejected(String type) {
    add(rejects, type, 1);
  }

  private static void add(Map<String, LongAdder> counters, String type, int count) {
    counters.computeIfAbsent(type, key -> new LongAdder()).add(count);
  }

  /** How many resources of a type were sent, all streams together. */
  public long resourcesSent(String typeUrl) {
    LongAdder counter = resources.get(typeUrl);
    return counter == null ? 0 : counter.sum();
  }

  /** How many resources were sent, all types and streams together. */
  public long resourcesSent() {
    return resources.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** How many responses were sent, all types and streams together. */
  public long responsesSent() {
    return responses.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** How many responses were refused by clients. */
  public long rejects() {
    return rejects.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Prometheus text format, version 0.0.4. */
  public String text() {
    StringBuilder text = new StringBuilder();
    header(text, "directfaas_xds_streams", "gauge", "ADS streams open");
    line(text, "directfaas_xds_streams", "", streams.get());
    header(text, "directfaas_xds_stale_nonces_total", "counter", "Requests with a stale nonce");
    line(text, "directfaas_xds_stale_nonces_total", "", staleNonces.sum());
    header(text, "directfaas_xds_refused_streams_total", "counter", "Streams refused");
    line(text, "directfaas_xds_refused_streams_total", "", refusedStreams.sum());
    byType(text, "directfaas_xds_responses_total", "Responses sent", responses);
    byType(text, "directfaas_xds_resources_total", "Resources sent", resources);
    byType(text, "directfaas_xds_rejects_total", "Responses refused by clients", rejects);
    return text.toString();
  }

  private static void byType(
      StringBuilder text, String name, String help, Map<String, LongAdder> counters) {
    header(text, name, "counter", help);
    counters.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> line(text, name, "{type=\"" + entry.getKey() + "\"}", entry.getValue().sum()));
  }

  private static void header(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder text, String name, String labels, long value) {
    text.append(name).append(labels).append(' ').append(value).append('\n');
  }
}
