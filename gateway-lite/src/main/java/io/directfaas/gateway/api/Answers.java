package io.directfaas.gateway.api;

import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.owner.Committed;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.web.PlainText;
import io.directfaas.graph.watch.RevisionProgress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;

/** Answers, and the wait before them. */
final class Answers {
  static final String JSON = "application/json";
  static final String REVISION = "X-Graph-Revision";
  private static final String STOPPING = "gateway-lite is stopping";

  private final GraphOwner owner;

  Answers(GraphOwner owner) {
    this.owner = owner;
  }

  static ResponseEntity<byte[]> json(Object value) {
    return jsonBytes(Json.MAPPER.writeValueAsBytes(value));
  }

  static ResponseEntity<byte[]> jsonBytes(byte[] json) {
    return ResponseEntity.ok().header(HttpHeaders.CONTENT_TYPE, JSON).body(json);
  }

  /** One line of text. */
  static ResponseEntity<byte[]> line(HttpStatusCode status, String message) {
    return line(status, message, HttpHeaders.EMPTY);
  }

  static ResponseEntity<byte[]> line(HttpStatusCode status, String message, HttpHeaders headers) {
    return ResponseEntity.status(status)
        .headers(headers)
        .header(HttpHeaders.CONTENT_TYPE, PlainText.CONTENT_TYPE)
        .body((PlainText.line(message) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The answer to a change: at once, or when it is in force everywhere. */
  ResponseEntity<byte[]> changed(HttpStatus status, Committed change, @Nullable Duration wait) {
    HttpHeaders headers = new HttpHeaders();
    headers.set(REVISION, Long.toString(change.revision()));
    if (wait == null) {
      return ResponseEntity.status(status).headers(headers).build();
    }
    List<String> late = awaitInForce(change, wait);
    if (late.isEmpty()) {
      return ResponseEntity.status(status).headers(headers).build();
    }
    return line(
        HttpStatus.GATEWAY_TIMEOUT,
        "revision "
            + change.revision()
            + " is accepted, but not in force everywhere yet: "
            + String.join("; ", late),
        headers);
  }

  private List<String> awaitInForce(Committed change, Duration wait) {
    try {
      RevisionProgress progress =
          owner.whenInForce(change).get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return progress.live() ? List.of() : progress.waitingFor();
    } catch (TimeoutException e) {
      List<String> late = owner.progress(change.revision()).waitingFor();
      return late.isEmpty() ? List.of("what it removed is still draining") : late;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(STOPPING);
    } catch (ExecutionException e) {
      return List.of(STOPPING);
    }
  }
}
