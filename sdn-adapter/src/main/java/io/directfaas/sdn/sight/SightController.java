package io.directfaas.sdn.sight;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.sync.FabricSync;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What an operator can ask. */
@RestController
class SightController {
  private final FabricSync sync;
  private final FabricCounters counters;
  private final DeniedSamples denied;
  private final GraphWatcher graphWatcher;

  SightController(
      FabricSync sync, FabricCounters counters, DeniedSamples denied, GraphWatcher graphWatcher) {
    this.sync = sync;
    this.counters = counters;
    this.denied = denied;
    this.graphWatcher = graphWatcher;
  }

  /** Whether the process is alive; what it can reach is the matter of {@code /status}. */
  @GetMapping(path = "/healthz", produces = MediaType.TEXT_PLAIN_VALUE)
  String healthz() {
    return "OK\n";
  }

  @GetMapping("/status")
  StatusView status() {
    return StatusView.of(sync.status(), graphWatcher.connected(), graphWatcher.revision());
  }

  @GetMapping("/edges")
  List<EdgeCount> edges() throws OpenFlowException, InterruptedException {
    return counters.edges();
  }

  @GetMapping("/drops")
  List<DropCount> drops() throws OpenFlowException, InterruptedException {
    return counters.drops();
  }

  @GetMapping("/tenants")
  List<TenantDrops> tenants() throws OpenFlowException, InterruptedException {
    return counters.tenants();
  }

  /** Who tried what and was denied: a sample, the latest first. */
  @GetMapping("/denied")
  List<DeniedSample> denied(@RequestParam(defaultValue = "") String namespace) {
    return denied.list(namespace);
  }

  /** Without the switch's own counters while it is away, so that the scrape still shows that. */
  @GetMapping(path = "/metrics", produces = "text/plain;version=0.0.4;charset=utf-8")
  String metrics() throws InterruptedException {
    MetricsText.Counted counted;
    try {
      counted = new MetricsText.Counted(counters.edges(), counters.drops(), counters.tenants());
    } catch (OpenFlowException e) {
      counted = MetricsText.Counted.NOTHING;
    }
    return MetricsText.of(sync.status(), sync.telemetry(), denied.overflown(), counted);
  }

  @ExceptionHandler(OpenFlowException.class)
  ResponseEntity<String> unavailable(OpenFlowException e) {
    return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
        .contentType(MediaType.TEXT_PLAIN)
        .body("the switch cannot be asked: " + e.getMessage() + "\n");
  }
}
