package io.directfaas.watchdog.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A request's body: as long as the head said, or chunked (RFC 9112 section 7.1). A client that ends
 * early is an error here, never a short body that looks whole.
 */
final class RequestBody extends InputStream {
  private static final int MAX_LINE = 4096;
  private static final int MAX_TRAILERS = 64;
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9A-Fa-f]{1,15}");

  private final ConnectionInput in;
  private final boolean chunked;

  /** Bytes left of the body, or of the current chunk. */
  private long left;

  private boolean firstChunk = true;

  /** Read by the thread that answers while another reads the body. */
  private volatile boolean finished;

  /** Reading failed: where the body ends cannot be known any more. */
  private volatile boolean broken;

  RequestBody(ConnectionInput in, RequestHead head) {
    this.in = in;
    this.chunked = head.chunked();
    this.left = chunked ? 0 : head.contentLength();
    this.finished = head.contentLength() == 0;
  }

  /** Whether the next byte on the connection belongs to the next request. */
  boolean finished() {
    return finished;
  }

  boolean broken() {
    return broken;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (broken) {
      throw new IOException("The body is broken.");
    }
    try {
      return readOn(target, offset, length);
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  private int readOn(byte[] target, int offset, int length) throws IOException {
    if (!finished && left == 0 && chunked) {
      nextChunk();
    }
    if (finished) {
      return -1;
    }
    int count = in.read(target, offset, (int) Math.min(length, left));
    if (count < 0) {
      throw new EOFException("The client ended in the middle of the body.");
    }
    left -= count;
    if (left == 0 && !chunked) {
      finished = true;
    }
    return count;
  }

  private void nextChunk() throws IOException {
    if (!firstChunk && !RequestParser.line(in, 0).isEmpty()) {
      throw new BadRequestException(400, "Malformed chunk.");
    }
    firstChunk = false;
    String line = RequestParser.line(in, MAX_LINE);
    int extension = line.indexOf(';');
    String size = (extension < 0 ? line : line.substring(0, extension)).strip();
    if (!CHUNK_SIZE.matcher(size).matches()) {
      throw new BadRequestException(400, "Malformed chunk size.");
    }
    left = Long.parseLong(size, 16);
    if (left == 0) {
      for (int i = 0; !RequestParser.line(in, MAX_LINE).isEmpty(); i++) {
        if (i == MAX_TRAILERS) {
          throw new BadRequestException(431, "Too many trailers.");
        }
      }
      finished = true;
    }
  }
}
