package io.directfaas.sdn.ovsdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON-RPC 1.0 as RFC 7047 section 4 uses it: a bare stream of objects in both directions, where
 * either side may ask. Answers the server's {@code echo}, without which it hangs up.
 */
final class JsonRpcPeer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final OvsdbTransport transport;
  private final BiConsumer<String, JsonNode> onNotification;
  private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final ReentrantLock writing = new ReentrantLock();
  private final CompletableFuture<String> ended = new CompletableFuture<>();

  private JsonRpcPeer(OvsdbTransport transport, BiConsumer<String, JsonNode> onNotification) {
    this.transport = transport;
    this.onNotification = onNotification;
  }

  /**
   * @param tls with what to greet an {@code ssl:} address; may be null for others
   * @param onNotification gets method and params of each notification, on the reading thread and in
   *     order
   * @throws IOException if no one listens there
   */
  static JsonRpcPeer connect(
      OvsdbAddress address, @Nullable SSLContext tls, BiConsumer<String, JsonNode> onNotification)
      throws IOException {
    JsonRpcPeer peer = new JsonRpcPeer(OvsdbTransport.connect(address, tls), onNotification);
    Thread.ofVirtual().name("ovsdb-reader").start(peer::read);
    return peer;
  }

  /**
   * @throws IOException if the server answers with an error, not in time, or not at all
   */
  JsonNode call(String method, ArrayNode params, Duration limit)
      throws IOException, InterruptedException {
    long id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    pending.put(id, answer);
    try {
      ObjectNode request = JSON.createObjectNode();
      request.put("method", method);
      request.set("params", params);
      request.put("id", id);
      write(request);
      if (ended.isDone()) {
        throw new IOException(ended.join());
      }
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(method + " was not answered within " + limit.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(method + ": " + e.getMessage(), e);
    } finally {
      pending.remove(id);
    }
  }

  /** Completes with the reason when the connection has ended. */
  CompletableFuture<String> ended() {
    return ended.copy();
  }

  static JsonMapper json() {
    return JSON;
  }

  private void read() {
    String reason = "the server ended the connection";
    try (MappingIterator<JsonNode> messages =
        JSON.readerFor(JsonNode.class).readValues(transport.input())) {
      while (messages.hasNextValue()) {
        receive(messages.nextValue());
      }
    } catch (IOException | JacksonException e) {
      reason = "unreadable: " + e.getMessage();
    } catch (RuntimeException | StackOverflowError e) {
      // Whatever it was that came, it must not cost us the thread that notices.
      reason = e.toString();
    } finally {
      close();
      String why = reason;
      ended.complete(why);
      pending.values().forEach(p -> p.completeExceptionally(new IOException(why)));
    }
  }

  private void receive(JsonNode message) throws IOException {
    JsonNode id = message.path("id");
    if (message.has("method")) {
      String method = message.path("method").asString("");
      if (method.equals("echo")) {
        ObjectNode reply = JSON.createObjectNode();
        reply.set("result", message.path("params"));
        reply.putNull("error");
        reply.set("id", id);
        write(reply);
      } else {
        onNotification.accept(method, message.path("params"));
      }
      return;
    }
    CompletableFuture<JsonNode> answer = pending.get(id.asLong(0));
    if (answer == null) {
      return;
    }
    JsonNode error = message.path("error");
    if (error.isNull() || error.isMissingNode()) {
      answer.complete(message.path("result"));
    } else {
      answer.completeExceptionally(new IOException("refused: " + error));
    }
  }

  private void write(ObjectNode message) throws IOException {
    byte[] bytes = JSON.writeValueAsString(message).getBytes(StandardCharsets.UTF_8);
    writing.lock();
    try {
      transport.write(bytes);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() {
    try {
      transport.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
