package io.directfaas.standalone.node.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A log file that somebody appends to, read on from a place. For one thread. */
final class LogFile implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  /**
   * @param offset where in the file it begins
   */
  record Line(long offset, String text) {}

  private final FileChannel channel;
  private long position;

  private LogFile(FileChannel channel, long position) {
    this.channel = channel;
    this.position = position;
  }

  /**
   * @param tail begin with so many of the last lines; negative for all
   */
  static LogFile open(Path path, int tail) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new LogFile(channel, tail < 0 ? 0 : startOfLast(channel, tail));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static long startOfLast(FileChannel channel, int lines) throws IOException {
    long end = channel.size();
    int found = 0;
    long at = end;
    while (at > 0) {
      int length = (int) Math.min(CHUNK, at);
      at -= length;
      byte[] chunk = read(channel, at, length);
      for (int i = chunk.length - 1; i >= 0; i--) {
        boolean last = at + i == end - 1;
        if (chunk[i] == '\n' && !last && ++found == lines) {
          return at + i + 1;
        }
      }
    }
    return 0;
  }

  /**
   * What has come since, at most 64 KiB of it. A line longer than that comes in pieces.
   *
   * @param unfinished whether a last line without an end counts
   */
  List<Line> read(boolean unfinished) throws IOException {
    long size = channel.size();
    if (size < position) {
      // The file was cut at its beginning; what is there now had been read, but for what came
      // during the cut.
      position = size;
    }
    int length = (int) Math.min(CHUNK, size - position);
    byte[] bytes = read(channel, position, length);
    List<Line> lines = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        lines.add(line(bytes, begin, i));
        begin = i + 1;
      }
    }
    boolean wholeChunk = lines.isEmpty() && bytes.length == CHUNK;
    boolean atEnd = position + bytes.length == size;
    if (begin < bytes.length && (wholeChunk || (unfinished && atEnd))) {
      lines.add(line(bytes, begin, bytes.length));
      begin = bytes.length;
    }
    position += begin;
    return lines;
  }

  private Line line(byte[] bytes, int from, int to) {
    int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
    return new Line(position + from, new String(bytes, from, end - from, StandardCharsets.UTF_8));
  }

  private static byte[] read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
      // until it is full, or the file was cut under us
    }
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // only read from; nothing is lost
    }
  }
}
