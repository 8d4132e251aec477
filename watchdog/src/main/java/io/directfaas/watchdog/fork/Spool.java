package io.directfaas.watchdog.fork;

import io.directfaas.watchdog.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A process's output, held until its exit code decides on the status of the answer. What does not
 * fit into a small piece of memory goes to a file, so that the heap need not grow with the answers.
 */
final class Spool implements Response.Content, AutoCloseable {
  private static final int IN_MEMORY = 128 * 1024;

  private final Path directory;
  private final ByteArrayOutputStream memory = new ByteArrayOutputStream(4096);
  private @Nullable FileChannel file;
  private long length;

  Spool(Path directory) {
    this.directory = directory;
  }

  /** Takes everything up to the end of {@code in}. */
  void fill(InputStream in) throws IOException {
    byte[] buffer = new byte[16384];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      if (memory.size() + count <= IN_MEMORY && file == null) {
        memory.write(buffer, 0, count);
      } else {
        Channels.newOutputStream(overflow()).write(buffer, 0, count);
      }
      length += count;
    }
  }

  private FileChannel overflow() throws IOException {
    FileChannel open = file;
    if (open == null) {
      // On Linux the JDK removes the name as soon as it is open: it cannot outlive us.
      Path path = Files.createTempFile(directory, "answer", null);
      open =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      file = open;
    }
    return open;
  }

  @Override
  public long length() {
    return length;
  }

  /** How the output begins, for guessing what it is. */
  byte[] start() {
    byte[] all = memory.toByteArray();
    return all.length <= 512 ? all : Arrays.copyOf(all, 512);
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    memory.writeTo(out);
    if (file != null) {
      file.position(0);
      Channels.newInputStream(file).transferTo(out);
    }
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException ignored) {
      // Nothing of it is needed any more.
    }
  }
}
