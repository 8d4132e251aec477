package io.directfaas.standalone.stack;

import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * How the stack's process speaks to whoever started it: files in the run directory. {@code
 * daemon.pid} says which process it is, {@code progress} gets a line per step, {@code ready}
 * appears when everything is ready, {@code failed} holds one sentence when it gives up.
 */
final class RunFiles implements AutoCloseable {
  private final Path runDir;
  private final FileChannel lockFile;

  /** Held for the process's life; the kernel lets go of it however the process ends. */
  @SuppressWarnings("unused")
  private final FileLock lock;

  private RunFiles(Path runDir, FileChannel lockFile, FileLock lock) {
    this.runDir = runDir;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Takes the run directory for this process.
   *
   * @throws IOException in one sentence, if another process has it
   */
  static RunFiles claim(Path runDir) throws IOException {
    Files.createDirectories(runDir);
    FileChannel channel =
        FileChannel.open(
            runDir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      throw new IOException("another process runs a stack in " + runDir);
    }
    RunFiles files = new RunFiles(runDir, channel, lock);
    for (String stale : new String[] {"progress", "ready", "failed"}) {
      Files.deleteIfExists(runDir.resolve(stale));
    }
    ProcessIdentity self =
        ProcessIdentity.of(ProcessHandle.current().pid())
            .orElseThrow(() -> new IOException("this process is not in /proc"));
    self.writeTo(runDir.resolve("daemon.pid"));
    return files;
  }

  void progress(String step) throws IOException {
    Files.writeString(
        runDir.resolve("progress"),
        step + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  void ready(String json) throws IOException {
    replace("ready", json);
  }

  void failed(String sentence) throws IOException {
    replace("failed", sentence);
  }

  /** Nobody must read half of it. */
  private void replace(String name, String content) throws IOException {
    Path incoming = runDir.resolve(name + ".new");
    Files.writeString(incoming, content + "\n");
    Files.move(incoming, runDir.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The stack is over: takes back what says that it runs. */
  @Override
  public void close() throws IOException {
    for (String name : new String[] {"ready", "progress", "daemon.pid", "lock"}) {
      Files.deleteIfExists(runDir.resolve(name));
    }
    lockFile.close();
  }
}
