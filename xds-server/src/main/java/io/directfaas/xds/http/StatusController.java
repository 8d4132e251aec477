package io.directfaas.xds.http;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.SidecarStatus;
import io.directfaas.xds.stream.StreamRegistry;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the server knows, read-only. */
@RestController
public class StatusController {
  private final StreamRegistry streams;
  private final GraphWatcher watcher;
  private final Metrics metrics;

  StatusController(StreamRegistry streams, GraphWatcher watcher, Metrics metrics) {
    this.streams = streams;
    this.watcher = watcher;
    this.metrics = metrics;
  }

  /**
   * @param revision of the graph served, 0 before the first
   * @param ready whether a graph has come
   * @param graphConnected whether the graph's owner is connected now
   * @param sidecars those that may connect, by node
   * @param clients those that came by TCP, as far as they are connected
   */
  public record Status(
      long revision,
      boolean ready,
      boolean graphConnected,
      List<SidecarStatus> sidecars,
      List<SidecarStatus> clients) {}

  /** 200 as long as the process answers; readiness is in the status. */
  @GetMapping(path = "/healthz", produces = MediaType.TEXT_PLAIN_VALUE)
  ResponseEntity<String> health() {
    return ResponseEntity.ok("OK");
  }

  @GetMapping(path = "/status", produces = MediaType.APPLICATION_JSON_VALUE)
  Status status() {
    ResourceStore store = streams.store();
    return new Status(
        store == null ? 0 : store.revision(),
        store != null,
        watcher.connected(),
        streams.sidecars(),
        streams.clients());
  }

  @GetMapping(path = "/metrics", produces = "text/plain; version=0.0.4")
  String metrics() {
    return metrics.text();
  }
}
