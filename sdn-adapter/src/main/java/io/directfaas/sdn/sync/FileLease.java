package io.directfaas.sdn.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease for adapters that share a file system: who holds the lock of a file holds the lease, and
 * counts the epoch up inside it. The lock goes with the process, however it ends.
 */
public final class FileLease implements Leadership, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileLease.class);
  private static final long RETRY_MS = 100;
  private static final int MAX_DIGITS = 32;

  private final Path file;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Thread taker;
  private volatile OptionalLong epoch = OptionalLong.empty();
  private volatile boolean closing;

  public FileLease(Path file) {
    this.file = file;
    this.taker = Thread.ofVirtual().name("lease").unstarted(this::take);
  }

  /** To be told when {@link #epoch()} has changed; must not block. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  public void start() {
    taker.start();
  }

  @Override
  public boolean contested() {
    return true;
  }

  @Override
  public OptionalLong epoch() {
    return epoch;
  }

  private void take() {
    String reported = "";
    while (!closing) {
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        FileLock lock = lockOrWait(channel);
        if (lock.isValid()) {
          hold(channel);
        }
      } catch (InterruptedException e) {
        break;
      } catch (IOException | NumberFormatException e) {
        if (!String.valueOf(e.getMessage()).equals(reported)) {
          reported = String.valueOf(e.getMessage());
          log.warn("no lease from {}: {}; trying again", file, reported);
        }
        try {
          TimeUnit.MILLISECONDS.sleep(RETRY_MS);
        } catch (InterruptedException interrupted) {
          break;
        }
      } finally {
        epoch = OptionalLong.empty();
      }
    }
  }

  private static FileLock lockOrWait(FileChannel channel) throws IOException, InterruptedException {
    while (true) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException e) {
        // Another one in this process has it.
      }
      TimeUnit.MILLISECONDS.sleep(RETRY_MS);
    }
  }

  /** Returns never but by interruption. */
  private void hold(FileChannel channel) throws IOException, InterruptedException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_DIGITS);
    channel.read(bytes, 0);
    String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
    long mine = (text.isEmpty() ? 0 : Long.parseLong(text)) + 1;
    channel.truncate(0);
    channel.write(ByteBuffer.wrap((mine + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    // On disk before it is used: an epoch must never be used twice.
    channel.force(true);
    epoch = OptionalLong.of(mine);
    log.info("holding the lease {}, epoch {}", file, mine);
    listeners.forEach(Runnable::run);
    while (true) {
      TimeUnit.HOURS.sleep(1);
    }
  }

  /** Lets another one have it. */
  @Override
  public void close() {
    closing = true;
    taker.interrupt();
    try {
      taker.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
