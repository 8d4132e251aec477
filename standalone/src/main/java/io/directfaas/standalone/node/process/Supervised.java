package io.directfaas.standalone.node.process;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process that should run: adopted if it does, started if not, started again with back-off when
 * it ends. Closing it leaves the process as it is; {@link #stop} ends that too.
 */
public final class Supervised implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervised.class);
  private static final Duration LOG_CHECK = Duration.ofSeconds(2);

  /** Of a process that is not our child no event tells the end. */
  private static final Duration POLL = Duration.ofMillis(200);

  /** What to do around each life of the process. Called on the supervising thread. */
  public interface Hooks {
    /** Nothing to do. */
    Hooks NONE = new Hooks() {};

    /** Before each start but an adoption. What it throws counts as a failed start. */
    default void beforeStart() throws IOException {}

    /** After each start or adoption. What it throws is logged only. */
    default void started(DetachedProcess process, boolean adopted) throws IOException {}

    /** After its end, before the next start; not after {@link #stop}. */
    default void ended(String reason) {}
  }

  private final LaunchSpec spec;
  private final Hooks hooks;
  private final Backoff backoff;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private @Nullable DetachedProcess current;
  private @Nullable String problem;
  private boolean closed;

  /** Written before the thread starts, read by it alone. */
  private Optional<DetachedProcess> adopted = Optional.empty();

  public Supervised(LaunchSpec spec, Hooks hooks, Backoff backoff) {
    this.spec = spec;
    this.hooks = hooks;
    this.backoff = backoff;
    this.thread = Thread.ofVirtual().name("supervise " + spec.name()).unstarted(this::supervise);
  }

  /**
   * Adopts the process of an earlier life at once, so that nobody sees it missing who asks next; a
   * process that must be started first is there a moment later.
   */
  public Supervised start() {
    Optional<DetachedProcess> found = DetachedProcess.adopt(spec.pidFile());
    found.ifPresent(process -> set(process, null));
    adopted = found;
    thread.start();
    return this;
  }

  /** The process of this moment; empty between two lives. */
  public Optional<DetachedProcess> process() {
    lock.lock();
    try {
      return Optional.ofNullable(current).filter(DetachedProcess::alive);
    } finally {
      lock.unlock();
    }
  }

  /** Why it does not run, while it does not; also while it has ended young again and again. */
  public Optional<String> problem() {
    lock.lock();
    try {
      return Optional.ofNullable(problem);
    } finally {
      lock.unlock();
    }
  }

  /** Supervises no longer and ends the process: TERM, then KILL after the grace. */
  public void stop(Duration grace) throws InterruptedException {
    close();
    Optional<DetachedProcess> last = process();
    if (last.isPresent()) {
      last.get().stop(grace);
    }
  }

  /** Supervises no longer; the process goes on. Returns when no start is under way any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void supervise() {
    try {
      Optional<DetachedProcess> found = adopted;
      while (!closed()) {
        long begun = System.nanoTime();
        String reason;
        try {
          reason = live(found);
        } catch (IOException e) {
          reason = String.valueOf(e.getMessage());
        }
        found = Optional.empty();
        if (reason == null || closed()) {
          return;
        }
        log.warn("{}: {}", spec.name(), reason);
        set(null, reason);
        hooks.ended(reason);
        pause(backoff.afterFailure(Duration.ofNanos(System.nanoTime() - begun)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One life; returns why it ended, or null if supervision did. */
  private @Nullable String live(Optional<DetachedProcess> found)
      throws IOException, InterruptedException {
    DetachedProcess process;
    if (found.isPresent()) {
      process = found.get();
    } else {
      hooks.beforeStart();
      process = DetachedProcess.start(spec);
    }
    long begun = System.nanoTime();
    set(process, backoff.failures() == 0 ? null : problem().orElse(null));
    try {
      hooks.started(process, found.isPresent());
    } catch (IOException e) {
      log.warn("{}: {}", spec.name(), e.getMessage());
    }
    process.onExit(this::wake);
    while (!closed()) {
      if (awaitExitOrClose(process)) {
        String last = BoundedLog.lastLine(spec.log()).map(line -> ": " + line).orElse("");
        return process
            .exitStatus()
            .map(status -> "ended with status " + status + last)
            .orElse("ended" + last);
      }
      BoundedLog.trim(spec.log());
      if (System.nanoTime() - begun > Duration.ofSeconds(10).toNanos()) {
        set(process, null);
      }
    }
    return null;
  }

  /** Returns whether it has ended; also returns to have the log looked after. */
  private boolean awaitExitOrClose(DetachedProcess process) throws InterruptedException {
    long deadline = System.nanoTime() + LOG_CHECK.toNanos();
    lock.lock();
    try {
      while (!closed && process.alive()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        changed.awaitNanos(process.tellsItsEnd() ? left : Math.min(left, POLL.toNanos()));
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void pause(Duration time) throws InterruptedException {
    lock.lock();
    try {
      long left = time.toNanos();
      while (!closed && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void set(@Nullable DetachedProcess process, @Nullable String newProblem) {
    lock.lock();
    try {
      current = process;
      problem = newProblem;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
