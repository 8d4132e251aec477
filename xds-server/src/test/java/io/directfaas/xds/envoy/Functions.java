package io.directfaas.xds.envoy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/** Functions on loopback addresses: answer with their name, the path and headers they saw. */
public final class Functions implements AutoCloseable {
  /**
   * What {@code /events} waits for between its first and its last line, and {@code /hold} at once.
   */
  public final CompletableFuture<Boolean> goOn = new CompletableFuture<>();

  // {@code /ticks} waits for a second and a half after each of its two lines.
  private final List<HttpServer> servers = new ArrayList<>();

  /** Starts one and returns its port. */
  public int start(String name) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          StringBuilder text = new StringBuilder(name + " " + exchange.getRequestURI() + "\n");
          exchange
              .getRequestHeaders()
              .forEach(
                  (key, values) ->
                      text.append(key.toLowerCase(java.util.Locale.ROOT))
                          .append(": ")
                          .append(String.join(",", values))
                          .append('\n'));
          byte[] answer = text.toString().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("X-Body-Length", Integer.toString(body.length));
          switch (exchange.getRequestURI().getPath()) {
            case "/status" -> {
              int status = Integer.parseInt(exchange.getRequestURI().getQuery());
              exchange.sendResponseHeaders(status, -1);
            }
            case "/redirect" -> {
              exchange.getResponseHeaders().add("Location", "/elsewhere");
              exchange.sendResponseHeaders(302, -1);
            }
            case "/events" -> {
              exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write("first\n".getBytes(StandardCharsets.UTF_8));
              exchange.getResponseBody().flush();
              goOn.join();
              exchange.getResponseBody().write("last\n".getBytes(StandardCharsets.UTF_8));
            }
            case "/hold" -> {
              goOn.join();
              exchange.sendResponseHeaders(200, -1);
            }
            case "/ticks" -> {
              exchange.sendResponseHeaders(200, 0);
              for (String line : List.of("first\n", "last\n")) {
                exchange.getResponseBody().write(line.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                pause(1500);
              }
            }
            case "/echo" -> {
              exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
              exchange.getResponseBody().write(body);
            }
            default -> {
              exchange.sendResponseHeaders(200, answer.length);
              exchange.getResponseBody().write(answer);
            }
          }
          exchange.close();
        });
    server.start();
    servers.add(server);
    return server.getAddress().getPort();
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
  }
}
