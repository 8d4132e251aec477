package io.directfaas.standalone.node.ovs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;

/**
 * The default receive buffer of this machine's sockets, raised while the switch opens ports. A
 * packet socket keeps what it was opened with; with the usual 208 KiB the switch loses packets of
 * large bodies in bursts, and each loss costs a retransmission timeout.
 *
 * <p>The setting is the machine's, so all stacks share one lock file, which also holds the former
 * value while it is raised: whoever gets the lock after a crash puts it back.
 */
final class ReceiveBuffer {
  static final ReceiveBuffer MACHINE =
      new ReceiveBuffer(
          Path.of("/proc/sys/net/core/rmem_default"), Path.of("/run/lock/directfaas-rmem_default"));

  private static final int RAISED = 32 << 20;

  /**
   * File locks are per process: this one is between the stacks inside this JVM. A semaphore,
   * because the thread that puts the value back need not be the one that raised it.
   */
  private static final Semaphore LOCAL = new Semaphore(1);

  private final Path setting;
  private final Path lockFile;

  ReceiveBuffer(Path setting, Path lockFile) {
    this.setting = setting;
    this.lockFile = lockFile;
  }

  /** While it is open the buffer is raised, and no other stack can raise it or put it back. */
  final class Raised implements AutoCloseable {
    private final FileChannel saved;

    private Raised(FileChannel saved) {
      this.saved = saved;
    }

    /** Puts back what was there before. Further calls do nothing. */
    @Override
    public void close() throws IOException {
      if (saved.isOpen()) {
        try {
          restore(saved);
        } finally {
          saved.close();
          LOCAL.release();
        }
      }
    }
  }

  /** Raises it, unless it is high enough; waits for other stacks that have it raised. */
  Raised raise() throws IOException {
    FileChannel saved = lock();
    Raised raised = new Raised(saved);
    try {
      long former = restore(saved);
      if (former < RAISED) {
        // Saved before it is raised: from here on a crash can be undone.
        write(saved, Long.toString(former));
        Files.writeString(setting, Integer.toString(RAISED));
      }
      return raised;
    } catch (IOException e) {
      raised.close();
      throw e;
    }
  }

  /** Puts the former value back if a crash kept it from being so. */
  void recover() throws IOException {
    if (Files.exists(lockFile)) {
      new Raised(lock()).close();
    }
  }

  private FileChannel lock() throws IOException {
    LOCAL.acquireUninterruptibly();
    FileChannel file = null;
    try {
      file =
          FileChannel.open(
              lockFile,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      file.lock(); // until the channel is closed, or this process ends
      return file;
    } catch (IOException e) {
      if (file != null) {
        file.close();
      }
      LOCAL.release();
      throw e;
    }
  }

  /** Returns the value that holds afterwards. */
  private long restore(FileChannel saved) throws IOException {
    String former = read(saved);
    if (!former.isEmpty()) {
      Files.writeString(setting, former);
      write(saved, "");
    }
    return Long.parseLong(current());
  }

  /**
   * The setting's value, in one read: a sysctl answers only the first read of a file, and
   * Files.readString begins with one of a single byte when the size is given as 0.
   */
  private String current() throws IOException {
    try (FileChannel file = FileChannel.open(setting, StandardOpenOption.READ)) {
      return read(file);
    }
  }

  private static String read(FileChannel file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(32);
    file.read(bytes, 0);
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    return text.strip();
  }

  private static void write(FileChannel file, String text) throws IOException {
    file.truncate(0);
    file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
  }
}
