package io.directfaas.standalone.node.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that goes on when this JVM dies: it has a session of its own, so no signal to our
 * terminal's process group reaches it, and no pipe to us, so no write of it can fail with us.
 */
public final class DetachedProcess {
  /** Of a process that is not our child no event tells the end; this is how often we look. */
  private static final Duration POLL = Duration.ofMillis(200);

  private final ProcessIdentity identity;
  private final Path pidFile;

  /** Null for a process that an earlier JVM started: only its parent can wait for it. */
  private final @Nullable Process child;

  private DetachedProcess(ProcessIdentity identity, Path pidFile, @Nullable Process child) {
    this.identity = identity;
    this.pidFile = pidFile;
    this.child = child;
  }

  /**
   * Starts it.
   *
   * @throws IOException if it cannot be started, or ends at once
   */
  public static DetachedProcess start(LaunchSpec spec) throws IOException {
    List<String> command = new ArrayList<>();
    // A child of a JVM leads no process group, so setsid needs no fork and the pid stays.
    command.add("setsid");
    command.addAll(spec.command());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
    builder.environment().clear();
    builder.environment().putAll(spec.environment());
    Process child = builder.start();
    Optional<ProcessIdentity> identity = ProcessIdentity.of(child.pid());
    if (identity.isEmpty()) {
      throw new IOException(spec.name() + " ended at once");
    }
    try {
      identity.get().writeTo(spec.pidFile());
    } catch (IOException e) {
      // Nobody would find it again.
      child.destroyForcibly();
      throw e;
    }
    return new DetachedProcess(identity.get(), spec.pidFile(), child);
  }

  /** The process of that pid file, if it still runs. */
  public static Optional<DetachedProcess> adopt(Path pidFile) {
    return ProcessIdentity.readFrom(pidFile)
        .filter(ProcessIdentity::alive)
        .map(identity -> new DetachedProcess(identity, pidFile, null));
  }

  public ProcessIdentity identity() {
    return identity;
  }

  public long pid() {
    return identity.pid();
  }

  public boolean alive() {
    return child == null ? identity.alive() : child.isAlive();
  }

  /** Its exit status, if it has ended and was our child. */
  public Optional<Integer> exitStatus() {
    return child == null || child.isAlive() ? Optional.empty() : Optional.of(child.exitValue());
  }

  /** Whether {@link #onExit} tells of its end. */
  boolean tellsItsEnd() {
    return child != null;
  }

  /** Runs this at its end, on some thread, if it is our child; never if it is not. */
  void onExit(Runnable action) {
    if (child != null) {
      child.onExit().thenRun(action);
    }
  }

  /**
   * Waits for its end.
   *
   * @return whether it has ended
   */
  public boolean awaitExit(Duration atMost) throws InterruptedException {
    if (child != null) {
      return child.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    while (identity.alive()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      Thread.sleep(Duration.ofNanos(Math.min(left, POLL.toNanos())));
    }
    return true;
  }

  /** Asks it to end, kills it when it has not within the grace, and forgets its pid file. */
  public void stop(Duration grace) throws InterruptedException {
    if (!grace.isZero()) {
      identity.signal(false);
    }
    if (grace.isZero() || !awaitExit(grace)) {
      identity.signal(true);
      awaitExit(Duration.ofSeconds(10));
    }
    forget();
  }

  /** Removes the pid file of an ended process. */
  void forget() {
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      // Harmless: what it names has ended, and the start time keeps a reused pid apart.
    }
  }
}
