package io.directfaas.watchdog.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * The bytes a client sends, buffered, with a limit on how long a request may keep us waiting.
 *
 * <p>Only the time spent waiting for the client counts: a function that takes long over its input
 * must not make its client look slow.
 *
 * <p>Not thread-safe; handed from thread to thread by the connection.
 */
final class ConnectionInput {
  private final Socket socket;
  private final InputStream in;
  private final byte[] buffer = new byte[4096];
  private int position;
  private int limit;

  /** Nanoseconds of waiting left to this request; meaningless while {@code limited} is false. */
  private long budget;

  private boolean limited;

  ConnectionInput(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /** Waits, for ever if need be, until there is something to read; false at the end. */
  boolean awaitByte() throws IOException {
    limited = false;
    return position < limit || fill();
  }

  /**
   * From now on, no more than {@code waiting} in all may be spent waiting; zero or less: no limit.
   */
  void limitWaiting(Duration waiting) {
    limited = waiting.isPositive();
    budget = waiting.toNanos();
  }

  /** One byte, or -1 at the end. */
  int read() throws IOException {
    return position < limit || fill() ? buffer[position++] & 0xff : -1;
  }

  /** Up to {@code length} bytes, or -1 at the end. */
  int read(byte[] target, int offset, int length) throws IOException {
    if (position == limit) {
      if (length >= buffer.length) {
        return receive(target, offset, length);
      }
      if (!fill()) {
        return -1;
      }
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, offset, count);
    position += count;
    return count;
  }

  private boolean fill() throws IOException {
    int count = receive(buffer, 0, buffer.length);
    position = 0;
    limit = Math.max(count, 0);
    return count > 0;
  }

  private int receive(byte[] target, int offset, int length) throws IOException {
    if (!limited) {
      socket.setSoTimeout(0);
      return in.read(target, offset, length);
    }
    if (budget <= 0) {
      throw new BadRequestException(408, "Timed out reading the request.");
    }
    socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, budget / 1_000_000 + 1));
    long start = System.nanoTime();
    try {
      return in.read(target, offset, length);
    } catch (SocketTimeoutException slow) {
      throw new BadRequestException(408, "Timed out reading the request.");
    } finally {
      budget -= System.nanoTime() - start;
    }
  }
}
