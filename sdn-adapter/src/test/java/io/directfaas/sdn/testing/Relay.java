package io.directfaas.sdn.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** What stands between a controller and a switch passes bytes on. */
final class Relay {
  private Relay() {}

  /** Until one end has gone; then closes the other. */
  static void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    try (from;
        to) {
      while (from.read(buffer.clear()) >= 0) {
        write(to, buffer.flip());
      }
    } catch (IOException e) {
      // One end has gone; so does the other.
    }
  }

  /** All of it, and nobody else's bytes between. */
  static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    synchronized (to) {
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
    }
  }
}
