package io.directfaas.watchdog.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One client's connection: its requests one after the other.
 *
 * <p>While a request is being answered by another thread, this connection's own thread already
 * waits for the next byte. That is how it learns that the client has gone.
 */
final class Connection implements Runnable {
  private final Socket socket;
  private final HttpServer server;
  private final ConnectionInput in;
  private final OutputStream out;

  /** Set by the thread that answers, read by the connection's own after the exchange has ended. */
  private volatile boolean last;

  Connection(Socket socket, HttpServer server) throws IOException {
    this.socket = socket;
    this.server = server;
    this.in = new ConnectionInput(socket);
    this.out = socket.getOutputStream();
  }

  @Override
  public void run() {
    try {
      while (!last && in.awaitByte()) {
        serveOne();
      }
    } catch (IOException clientBroke) {
      // Nobody is left to tell.
    } finally {
      close();
    }
  }

  private void serveOne() throws IOException {
    in.limitWaiting(server.settings().readTimeout());
    RequestHead head;
    try {
      head = new RequestParser(in).read();
    } catch (BadRequestException bad) {
      refuse(bad);
      return;
    }
    if (head.expectsContinue()) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    RequestBody body = new RequestBody(in, head);
    Exchange exchange = new Exchange(this, head, body);
    server.handler().handle(exchange);
    try {
      body.skipNBytes(Long.MAX_VALUE);
    } catch (IOException atEnd) {
      // Either all is read, or the check below ends the connection.
    }
    if (!body.finished()) {
      last = true;
      exchange.clientLeft();
    } else if (!exchange.ended().isDone() || !last) {
      boolean more;
      try {
        more = in.awaitByte();
      } catch (IOException reset) {
        more = false;
      }
      if (!more) {
        last = true;
        exchange.clientLeft();
      }
    }
    exchange.ended().join();
  }

  /** Answers what is not a request, and hangs up: where the next one begins is anyone's guess. */
  private void refuse(BadRequestException bad) {
    last = true;
    try (Guard guard = guard(server.settings().writeTimeout())) {
      write(Response.text(bad.status(), bad.getMessage() + "\n"), false);
      socket.shutdownOutput();
    } catch (IOException clientBroke) {
      // Nobody is left to tell.
    }
  }

  /** Called by {@link Exchange} once per request, from any thread. */
  void send(Exchange exchange, Response response) {
    RequestHead head = exchange.head();
    Response full =
        head.header("X-Call-Id").map(id -> response.with("X-Call-Id", id)).orElse(response);
    if (!head.persistent() || server.draining() || exchange.bodyBroken()) {
      last = true;
      full = full.with("Connection", "close");
    } else if (head.minorVersion() == 0) {
      full = full.with("Connection", "keep-alive");
    }
    try (Guard guard = guard(server.settings().writeTimeout())) {
      write(full, head.method().equals("HEAD"));
    } catch (IOException clientBroke) {
      close();
      return;
    }
    if (last) {
      // The client may still be sending; closing now would reset the connection and with it our
      // answer on its way. So say that we are done, and let it finish.
      endOutput();
    }
    if (!exchange.bodyFinished()) {
      server.closeUnless(exchange::bodyFinished, this);
    } else if (last) {
      server.closeUnless(socket::isClosed, this);
    }
  }

  private void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException closedAlready) {
      close();
    }
  }

  private void write(Response response, boolean headOnly) throws IOException {
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(response.status()).append(' ');
    head.append(Response.reason(response.status())).append("\r\n");
    for (Header header : response.headers()) {
      head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    head.append("Content-Length: ").append(response.content().length()).append("\r\n");
    head.append("Date: ").append(HttpDate.of(Instant.now())).append("\r\n\r\n");
    // Head and small body leave in one segment.
    OutputStream buffered = new BufferedOutputStream(out, 8192);
    buffered.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    if (!headOnly) {
      response.content().writeTo(buffered);
    }
    buffered.flush();
  }

  /** A blocked write knows no timeout; closing the socket ends it. */
  private Guard guard(Duration limit) {
    if (!limit.isPositive()) {
      return () -> {};
    }
    Future<?> timer = server.timers().schedule(this::close, limit.toNanos(), TimeUnit.NANOSECONDS);
    return () -> timer.cancel(false);
  }

  void close() {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is gone either way.
    }
    server.forget(this);
  }

  private interface Guard extends AutoCloseable {
    @Override
    void close();
  }
}
