package io.directfaas.xds.http;

import com.google.protobuf.InvalidProtocolBufferException;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.stream.Inspection;
import io.directfaas.xds.stream.Redaction;
import io.directfaas.xds.stream.SidecarStatus;
import io.directfaas.xds.stream.StreamRegistry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Per client, what it was sent, has acked and refuses, and what it is to hold. Read-only. */
@RestController
public class DebugController {
  private final StreamRegistry streams;
  private final Inspection inspection;

  DebugController(StreamRegistry streams) {
    this.streams = streams;
    this.inspection = new Inspection(streams);
  }

  /** A client in a line. */
  public record Summary(
      String node,
      String function,
      boolean connected,
      long ackedRevision,
      @Nullable String nack,
      @Nullable String waitsFor,
      int parked) {
    static Summary of(SidecarStatus status) {
      int parked = status.types().values().stream().mapToInt(type -> type.parked().size()).sum();
      return new Summary(
          status.node(),
          status.function(),
          status.connected(),
          status.ackedRevision(),
          status.nack(),
          status.waitsFor(),
          parked);
    }
  }

  @GetMapping(path = "/debug/sidecars", produces = MediaType.APPLICATION_JSON_VALUE)
  List<Summary> sidecars() {
    return streams.sidecars().stream().map(Summary::of).toList();
  }

  @GetMapping("/debug/sidecar/{node}")
  ResponseEntity<?> sidecar(@PathVariable("node") String node) {
    Optional<WorkloadIdentity> workload = inspection.workload(node);
    if (workload.isEmpty()) {
      return unknown(node);
    }
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(inspection.node(workload.get()));
  }

  /** Every resource as JSON, in protobuf's mapping; private bytes of secrets are left out. */
  @GetMapping("/debug/config/{node}")
  ResponseEntity<?> config(@PathVariable("node") String node)
      throws InvalidProtocolBufferException {
    Optional<WorkloadIdentity> workload = inspection.workload(node);
    if (workload.isEmpty()) {
      return unknown(node);
    }
    StringBuilder json = new StringBuilder("[");
    for (XdsResource resource : inspection.wanted(workload.get())) {
      json.append(json.length() > 1 ? ",\n" : "\n")
          .append("{\"name\": ")
          .append(ResourceJson.quote(resource.name()))
          .append(", \"version\": ")
          .append(ResourceJson.quote(resource.version()))
          .append(", \"resource\": ")
          .append(ResourceJson.of(Redaction.of(resource.body())))
          .append("}");
    }
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(json.append("\n]\n").toString());
  }

  private static ResponseEntity<String> unknown(String node) {
    return ResponseEntity.status(404)
        .contentType(MediaType.TEXT_PLAIN)
        .body("node: no client '" + node + "' is known\n");
  }
}
