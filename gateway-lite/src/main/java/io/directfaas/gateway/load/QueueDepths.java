package io.directfaas.gateway.load;

import io.directfaas.gateway.json.Json;
import io.directfaas.graph.FunctionRef;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * How many asynchronous calls wait or are being made, by function, as the queue worker says. It is
 * asked only while somebody wants to know, and nobody waits for its answer.
 */
public final class QueueDepths {
  private static final Logger log = LoggerFactory.getLogger(QueueDepths.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** After this time without an answer nothing is known. */
  private static final long KNOWN_NANOS = Duration.ofSeconds(5).toNanos();

  private record Known(Map<FunctionRef, Long> depths, long at) {}

  private final @Nullable URI status;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile @Nullable Known known;

  /** Made when it is first needed: most installations have no function that asks for it. */
  private @Nullable HttpClient client;

  /**
   * @param worker the queue worker's address, or null where there is none
   */
  public QueueDepths(@Nullable URI worker) {
    this.status = worker == null ? null : worker.resolve("/status");
  }

  /** Asks the worker, unless an answer is awaited. Of one thread. */
  public void refresh() {
    if (status == null || !asking.compareAndSet(false, true)) {
      return;
    }
    HttpClient http = client;
    if (http == null) {
      http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
      client = http;
    }
    HttpRequest request = HttpRequest.newBuilder(status).timeout(TIMEOUT).build();
    var unused = http.sendAsync(request, BodyHandlers.ofByteArray()).handle(this::take);
  }

  private boolean take(@Nullable HttpResponse<byte[]> answer, @Nullable Throwable problem) {
    try {
      if (answer != null && answer.statusCode() == 200) {
        known = new Known(read(answer.body()), System.nanoTime());
        return true;
      }
      log.debug("the queue worker does not say what waits", problem);
    } catch (JacksonException | IllegalArgumentException e) {
      log.warn("the queue worker's answer cannot be read: {}", e.getMessage());
    } finally {
      asking.set(false);
    }
    return false;
  }

  private static Map<FunctionRef, Long> read(byte[] body) {
    Map<FunctionRef, Long> depths = new HashMap<>();
    for (JsonNode function : Json.MAPPER.readTree(body).path("functions")) {
      String[] name = function.path("function").asString("").split("/", 2);
      if (name.length == 2) {
        depths.put(new FunctionRef(name[0], name[1]), function.path("depth").asLong());
      }
    }
    return depths;
  }

  /** Empty where nobody knows. */
  public OptionalDouble of(FunctionRef function) {
    Known last = known;
    return last == null || System.nanoTime() - last.at > KNOWN_NANOS
        ? OptionalDouble.empty()
        : OptionalDouble.of(last.depths.getOrDefault(function, 0L));
  }
}
