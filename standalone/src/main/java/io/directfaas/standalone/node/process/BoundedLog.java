package io.directfaas.standalone.node.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The log file of a process, kept small. The writer appends (O_APPEND), so the file can be cut
 * under it; lines written during the cut may get lost.
 */
public final class BoundedLog {
  private static final int LONGEST = 1 << 20;
  private static final int KEPT = 1 << 18;
  private static final int LONGEST_LINE = 500;

  private BoundedLog() {}

  /** Keeps the last 256 KiB of a file of more than 1 MiB. */
  public static void trim(Path log) throws IOException {
    if (!Files.exists(log) || Files.size(log) <= LONGEST) {
      return;
    }
    byte[] tail = tail(log, KEPT);
    try (FileChannel file =
        FileChannel.open(log, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      file.write(ByteBuffer.wrap(tail));
    }
  }

  /** The last line that says something, shortened; empty if there is none. */
  public static Optional<String> lastLine(Path log) {
    try {
      List<String> lines =
          new String(tail(log, 4096), StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      return lines.isEmpty()
          ? Optional.empty()
          : Optional.of(lines.getLast())
              .map(line -> line.substring(0, Math.min(line.length(), LONGEST_LINE)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static byte[] tail(Path log, int length) throws IOException {
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.READ)) {
      ByteBuffer tail = ByteBuffer.allocate((int) Math.min(length, file.size()));
      file.position(file.size() - tail.capacity());
      while (tail.hasRemaining() && file.read(tail) >= 0) {
        // until it is full, or the file was cut under us
      }
      byte[] bytes = new byte[tail.position()];
      tail.flip().get(bytes);
      return bytes;
    }
  }
}
