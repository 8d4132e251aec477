package io.directfaas.standalone.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Asks the ingress for its health, which gateway-lite answers: the Envoy, its configuration and the
 * way to gateway-lite are there then.
 */
final class IngressProbe {
  private static final int TIMEOUT_MILLIS = 2000;
  private static final byte[] REQUEST =
      "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final int port;

  IngressProbe(int port) {
    this.port = port;
  }

  boolean answers() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), TIMEOUT_MILLIS);
      socket.getOutputStream().write(REQUEST);
      // To the end, so that nobody logs a caller who hung up.
      byte[] answer = socket.getInputStream().readAllBytes();
      return new String(answer, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false;
    }
  }
}
