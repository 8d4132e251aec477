package io.directfaas.standalone.cli.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HTTP/1.1 GET over a unix socket, which java.net.http cannot do. One connection per request, as
 * much as Envoy's admin interface needs (RFC 9112 sections 6 and 7.1).
 */
public final class UnixHttp {
  private UnixHttp() {}

  /**
   * @throws Unavailable if the socket cannot be opened or no whole answer comes in time
   */
  public static Answer get(Path socket, String path, Duration timeout) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      // A blocking channel knows no read timeout; closing it from outside ends the read.
      FutureTask<Answer> exchange = new FutureTask<>(() -> exchange(channel, path));
      Thread.ofVirtual().start(exchange);
      return exchange.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      throw new Unavailable("nobody answers on " + socket, e);
    } catch (ExecutionException e) {
      throw new Unavailable("no proper answer on " + socket + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new Unavailable("no answer on " + socket + " within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while asking " + socket, e);
    }
  }

  private static Answer exchange(SocketChannel channel, String path) throws IOException {
    ByteBuffer request =
        StandardCharsets.US_ASCII.encode(
            "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    while (request.hasRemaining()) {
      channel.write(request);
    }
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
    while (channel.read(chunk.clear()) >= 0) {
      received.write(chunk.array(), 0, chunk.position());
    }
    return parse(received.toByteArray());
  }

  static Answer parse(byte[] response) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(response);
    String[] statusLine = line(in).split(" ", 3);
    if (statusLine.length < 2 || !statusLine[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP response");
    }
    Map<String, String> headers = new HashMap<>();
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      if (colon < 0) {
        throw new IOException("not a header: " + header);
      }
      headers.put(
          header.substring(0, colon).trim().toLowerCase(Locale.ROOT),
          header.substring(colon + 1).trim());
    }
    boolean chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
    byte[] body = chunked ? unchunk(in) : in.readAllBytes();
    String length = headers.get("content-length");
    if (!chunked && length != null && body.length != Integer.parseInt(length)) {
      throw new IOException("the body ended after " + body.length + " of " + length + " bytes");
    }
    return new Answer(Integer.parseInt(statusLine[1]), headers, body);
  }

  private static byte[] unchunk(ByteArrayInputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in).split(";", 2)[0].trim(), 16);
      if (size == 0) {
        return body.toByteArray();
      }
      byte[] chunk = in.readNBytes(size);
      if (chunk.length < size) {
        throw new IOException("the body ended within a chunk");
      }
      body.writeBytes(chunk);
      line(in);
    }
  }

  private static String line(ByteArrayInputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the answer ended early");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }
}
