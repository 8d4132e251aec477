package io.directfaas.gateway.api;

import io.directfaas.gateway.owner.RejectedChangeException;
import io.directfaas.gateway.store.StoreException;
import io.directfaas.gateway.web.PlainText;
import io.directfaas.graph.InvalidGraphException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Every failure as one line of plain text with the right status. */
@RestControllerAdvice
final class Errors {
  private static final Logger log = LoggerFactory.getLogger(Errors.class);

  @ExceptionHandler
  ResponseEntity<byte[]> handle(ApiException e) {
    return Answers.line(e.status(), String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> handle(RejectedChangeException e) {
    return Answers.line(
        switch (e.reason()) {
          case NOT_FOUND -> HttpStatus.NOT_FOUND;
          case CONFLICT -> HttpStatus.CONFLICT;
          case INVALID -> HttpStatus.BAD_REQUEST;
        },
        String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> handle(InvalidGraphException e) {
    return Answers.line(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> handle(StoreException e) {
    log.error("a request failed because of the store", e);
    return Answers.line(HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<byte[]> handle(InvalidParameterException e) {
    return Answers.line(HttpStatus.BAD_REQUEST, "query: is not a valid query string");
  }

  /** The client broke off while it sent its body, or lied about its length. */
  @ExceptionHandler
  ResponseEntity<byte[]> handle(IOException e) {
    return Answers.line(HttpStatus.BAD_REQUEST, "body: cannot be read");
  }

  /** What waits for the watch learns this way that there is nothing to wait for any more. */
  @ExceptionHandler
  ResponseEntity<byte[]> handle(CompletionException e) {
    return Answers.line(HttpStatus.SERVICE_UNAVAILABLE, "gateway-lite is stopping");
  }

  @ExceptionHandler
  ResponseEntity<byte[]> handle(Exception e) {
    if (e instanceof ErrorResponse response) {
      return answer(response);
    }
    log.error("a request failed", e);
    return Answers.line(HttpStatus.INTERNAL_SERVER_ERROR, "internal error; see gateway-lite's log");
  }

  /** What Spring refuses itself: unknown paths, wrong methods. */
  private static ResponseEntity<byte[]> answer(ErrorResponse response) {
    HttpStatusCode status = response.getStatusCode();
    String text =
        switch (status.value()) {
          case 404 -> PlainText.NOT_FOUND;
          case 405 -> "405 method not allowed";
          default -> status.value() + " request refused";
        };
    return Answers.line(status, text, response.getHeaders());
  }
}
