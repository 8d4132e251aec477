package io.directfaas.gateway.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** OpenFaaS's second port: {@code /metrics} and {@code /healthz}, without credentials. */
public final class MetricsServer implements SmartLifecycle {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final InetSocketAddress address;
  private final Supplier<String> metrics;
  private @Nullable HttpServer server;
  private @Nullable ExecutorService executor;

  public MetricsServer(InetSocketAddress address, Supplier<String> metrics) {
    this.address = address;
    this.metrics = metrics;
  }

  @Override
  public synchronized void start() {
    try {
      HttpServer http = HttpServer.create(address, 0);
      executor = Executors.newVirtualThreadPerTaskExecutor();
      http.setExecutor(executor);
      http.createContext("/", this::answer);
      http.start();
      server = http;
    } catch (IOException e) {
      throw new IllegalStateException(
          "metrics cannot listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port it listens on. */
  public synchronized int port() {
    HttpServer running = server;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running.getAddress().getPort();
  }

  @Override
  public synchronized void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
    if (executor != null) {
      executor.close();
      executor = null;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return server != null;
  }

  @Override
  public int getPhase() {
    return 0;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean reads =
          exchange.getRequestMethod().equals("GET") || exchange.getRequestMethod().equals("HEAD");
      switch (String.valueOf(exchange.getRequestURI().getPath())) {
        case "/metrics" -> {
          if (reads) {
            send(exchange, 200, PROMETHEUS, metrics.get());
          } else {
            send(exchange, 405, PlainText.CONTENT_TYPE, "405 method not allowed\n");
          }
        }
        case "/healthz" -> send(exchange, 200, PlainText.CONTENT_TYPE, "OK");
        default -> send(exchange, 404, PlainText.CONTENT_TYPE, PlainText.NOT_FOUND + "\n");
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
