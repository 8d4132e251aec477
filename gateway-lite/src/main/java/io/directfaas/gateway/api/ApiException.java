package io.directfaas.gateway.api;

import io.directfaas.graph.Violation;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;

/** A request that is answered with an error: a status and a line that says what to change. */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final HttpStatus status;

  ApiException(HttpStatus status, String message) {
    super(message);
    this.status = status;
  }

  static ApiException invalid(String field, String problem) {
    return invalid(List.of(new Violation(field, problem)));
  }

  static ApiException invalid(List<Violation> violations) {
    return new ApiException(
        HttpStatus.BAD_REQUEST,
        violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
  }

  static void throwIfAny(List<Violation> violations) {
    if (!violations.isEmpty()) {
      throw invalid(violations);
    }
  }

  HttpStatus status() {
    return status;
  }
}
