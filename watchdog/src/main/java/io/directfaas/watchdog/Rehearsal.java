package io.directfaas.watchdog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Serves a few requests to itself and ends, so that a class-data archive made of this run ({@code
 * -XX:ArchiveClassesAtExit}) holds what a start and a first request need.
 */
final class Rehearsal {
  private Rehearsal() {}

  static void run() {
    Config config =
        Config.of(
            Map.of(
                "fprocess", "cat",
                "PORT", "0",
                "metrics_port", "0",
                "exec_timeout", "10s",
                "suppress_lock", "true"));
    try (Watchdog watchdog = Watchdog.start(config)) {
      ask(watchdog.port(), "POST /a?b=c", "hello");
      ask(watchdog.port(), "GET /_/health", "");
      ask(watchdog.metricsPort(), "GET /metrics", "");
    } catch (IOException cannotServe) {
      throw new UncheckedIOException(cannotServe);
    }
  }

  private static void ask(int port, String line, String body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request =
          line
              + " HTTP/1.1\r\nHost: watchdog\r\nConnection: close\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream answer = socket.getInputStream();
      answer.readAllBytes();
    }
  }
}
