package io.directfaas.queue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how the worker is, on the loopback interface: /metrics, /status and /healthz. */
final class StatusServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StatusServer.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  private final WorkerMetrics metrics;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param port 0 for any free one
   */
  StatusServer(WorkerMetrics metrics, int port) throws IOException {
    this.metrics = metrics;
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      this.server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException("http-port: cannot listen on " + address + ": " + e.getMessage(), e);
    }
    server.setExecutor(executor);
    server.createContext("/", this::answer);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, 405, TEXT, text("405 method not allowed"));
        return;
      }
      switch (String.valueOf(exchange.getRequestURI().getPath())) {
        case "/metrics" ->
            send(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.prometheus());
        case "/status" -> send(exchange, 200, "application/json", metrics.json());
        case "/healthz" -> send(exchange, 200, TEXT, text("OK"));
        default -> send(exchange, 404, TEXT, text("404 page not found"));
      }
    } catch (RuntimeException e) {
      log.warn("a question for the worker's state", e);
      send(exchange, 500, TEXT, text("the queue does not say"));
    }
  }

  private static byte[] text(String line) {
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    executor.close();
  }
}
