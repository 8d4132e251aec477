package io.directfaas.xds.envoy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A replica that does as it is told, and counts. */
public final class ScriptedFunction implements AutoCloseable {
  /** Requests that have come. */
  public final AtomicInteger seen = new AtomicInteger();

  /** The status of its answers. */
  public volatile int status = 200;

  /** What it waits for before it answers. */
  public volatile CountDownLatch gate = new CountDownLatch(0);

  /** Whether it ends the connection instead of answering. */
  public volatile boolean breaks;

  private final HttpServer server;

  public ScriptedFunction(String name) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          seen.incrementAndGet();
          CountDownLatch waitsFor = gate;
          try {
            waitsFor.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          if (breaks) {
            throw new IOException("as told");
          }
          byte[] answer = name.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    gate.countDown();
    server.stop(0);
  }
}
