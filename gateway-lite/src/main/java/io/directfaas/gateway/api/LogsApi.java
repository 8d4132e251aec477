package io.directfaas.gateway.api;

import io.directfaas.gateway.GatewayProperties;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.LogLine;
import io.directfaas.gateway.provider.LogQuery;
import io.directfaas.gateway.provider.LogSource;
import io.directfaas.graph.FunctionRef;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.ObjectNode;

/** What functions wrote, line by line, as newline-delimited JSON. */
@RestController
final class LogsApi {
  /**
   * A space between two messages means nothing to readers of JSON, by line or by stream; but to
   * send one is the only way to learn that a silent log's reader has gone.
   */
  private static final byte[] HEARTBEAT = {' '};

  private static final Duration HEARTBEAT_EVERY = Duration.ofSeconds(2);
  private static final byte[] LINE_END = {'\n'};

  private final GraphOwner owner;
  private final FunctionProvider provider;
  private final Requests requests;
  private final Duration writeTimeout;

  LogsApi(
      GraphOwner owner,
      FunctionProvider provider,
      Requests requests,
      GatewayProperties properties) {
    this.owner = owner;
    this.provider = provider;
    this.requests = requests;
    this.writeTimeout = properties.writeTimeout();
  }

  @GetMapping("/system/logs")
  void logs(
      HttpServletResponse response,
      @RequestParam(required = false) @Nullable String name,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String instance,
      @RequestParam(required = false) @Nullable String tail,
      @RequestParam(required = false) @Nullable String follow,
      @RequestParam(required = false) @Nullable String since)
      throws IOException {
    FunctionRef ref = requests.function("name", name == null ? "" : name, namespace);
    LogQuery query =
        new LogQuery(
            ref,
            instance == null || instance.isEmpty() ? null : instance,
            tail(tail),
            since(since),
            follow(follow));
    LogSource source =
        provider
            .logs()
            .orElseThrow(
                () ->
                    new ApiException(
                        HttpStatus.NOT_IMPLEMENTED,
                        "the provider " + provider.name() + " keeps no logs"));
    if (owner.state().function(ref).isEmpty()) {
      throw new ApiException(HttpStatus.NOT_FOUND, "name: there is no function " + ref);
    }
    try (LogSource.Lines lines = source.open(query)) {
      copy(lines, response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until all is read, the write timeout is over, or the reader has gone. */
  private void copy(LogSource.Lines lines, HttpServletResponse response)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + writeTimeout.toNanos();
    response.setContentType("application/x-ndjson");
    ServletOutputStream output = response.getOutputStream();
    response.flushBuffer();
    while (!lines.ended()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return;
      }
      Duration wait = Duration.ofNanos(Math.min(left, HEARTBEAT_EVERY.toNanos()));
      List<LogLine> next = lines.next(wait);
      try {
        for (LogLine line : next) {
          output.write(Json.MAPPER.writeValueAsBytes(json(line)));
          output.write(LINE_END);
          output.flush();
        }
        if (next.isEmpty() && !lines.ended()) {
          output.write(HEARTBEAT);
          output.flush();
        }
      } catch (IOException e) {
        // the reader has gone
        return;
      }
    }
  }

  private static ObjectNode json(LogLine line) {
    return Json.MAPPER
        .createObjectNode()
        .put("name", line.function().name())
        .put("namespace", line.function().namespace())
        .put("instance", line.instance())
        .put("timestamp", line.time().toString())
        .put("text", line.text());
  }

  /** As in Go: 0 and less mean all. */
  private static int tail(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return -1;
    }
    try {
      int lines = Integer.parseInt(text);
      return lines <= 0 ? -1 : lines;
    } catch (NumberFormatException e) {
      throw unprocessable("tail", "'" + text + "' is not an integer");
    }
  }

  private static @Nullable Instant since(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      // a '+' of the zone that a careless client did not escape has become a space
      return OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
    } catch (DateTimeParseException e) {
      throw unprocessable("since", "'" + text + "' is not a time such as 2026-01-31T12:00:00Z");
    }
  }

  /** Go's booleans. */
  private static boolean follow(@Nullable String text) {
    return switch (text == null ? "" : text) {
      case "", "0", "f", "F", "false", "False", "FALSE" -> false;
      case "1", "t", "T", "true", "True", "TRUE" -> true;
      default -> throw unprocessable("follow", "'" + text + "' is neither true nor false");
    };
  }

  private static ApiException unprocessable(String field, String problem) {
    return new ApiException(HttpStatus.UNPROCESSABLE_CONTENT, field + ": " + problem);
  }
}
