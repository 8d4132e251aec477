package io.directfaas.standalone.node;

import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.node.process.Backoff;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one function at what is desired of it. One thread decides, one step at a time; replicas
 * come and go on threads of their own, so that neither a slow start nor a long drain holds up the
 * next decision, nor any other function.
 */
final class FunctionReconciler {
  private static final Logger log = LoggerFactory.getLogger(FunctionReconciler.class);

  /** Begins a replica's life. */
  interface Births {
    ReplicaLife begin(DesiredFunction desired, Runnable onChange) throws IOException;
  }

  private final FunctionRef ref;
  private final Births births;
  private final CountDownLatch gate;
  private final Runnable onIdle;
  private final Backoff backoff = Backoff.ofProcess();
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private final List<ReplicaLife> lives = new ArrayList<>();
  private @Nullable DesiredFunction desired;
  private @Nullable String startProblem;
  private boolean closed;
  private boolean pending = true;
  private long notBefore = System.nanoTime();

  /**
   * @param gate opens when replicas of an earlier JVM have been adopted
   * @param onIdle called when the function is not desired and has no replica left
   */
  FunctionReconciler(FunctionRef ref, Births births, CountDownLatch gate, Runnable onIdle) {
    this.ref = ref;
    this.births = births;
    this.gate = gate;
    this.onIdle = onIdle;
    this.thread = Thread.ofVirtual().name("reconcile " + ref).start(this::run);
  }

  /** What is desired from now on; null: nothing. */
  void desire(@Nullable DesiredFunction wish) {
    lock.lock();
    try {
      boolean fresh =
          wish != null && (desired == null || desired.generation() != wish.generation());
      desired = wish;
      if (fresh) {
        // A new spec deserves a try at once.
        notBefore = System.nanoTime();
        startProblem = null;
      }
      wake();
    } finally {
      lock.unlock();
    }
  }

  Optional<DesiredFunction> desired() {
    lock.lock();
    try {
      return Optional.ofNullable(desired);
    } finally {
      lock.unlock();
    }
  }

  void adopt(ReplicaLife life) {
    lock.lock();
    try {
      lives.add(life);
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Something about a replica has changed. */
  void poke() {
    lock.lock();
    try {
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    pending = true;
    changed.signalAll();
  }

  /** Whether there is nothing left to care for. */
  boolean idle() {
    lock.lock();
    try {
      return desired == null && lives.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** The ids of its replicas, those that leave included. */
  List<String> replicas() {
    lock.lock();
    try {
      return lives.stream().map(ReplicaLife::id).toList();
    } finally {
      lock.unlock();
    }
  }

  /** The same for who looks at what they use. */
  List<UsageMeter.Watched> watched() {
    lock.lock();
    try {
      return lives.stream().map(life -> new UsageMeter.Watched(life.id(), life.ready())).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Why it has fewer ready replicas of the desired generation than it should. */
  Optional<String> problem() {
    lock.lock();
    try {
      DesiredFunction wish = desired;
      if (wish == null) {
        return Optional.empty();
      }
      List<ReplicaLife> current =
          lives.stream()
              .filter(life -> life.generation() == wish.generation() && !life.leaving())
              .toList();
      if (current.stream().filter(ReplicaLife::ready).count() >= wish.replicas()) {
        return Optional.empty();
      }
      return current.stream()
          .flatMap(life -> life.problem().stream())
          .findFirst()
          .or(() -> Optional.ofNullable(startProblem));
    } finally {
      lock.unlock();
    }
  }

  /** Decides no more; replicas run on, cared for by nobody. */
  void close() {
    List<ReplicaLife> left;
    lock.lock();
    try {
      closed = true;
      wake();
      left = List.copyOf(lives);
    } finally {
      lock.unlock();
    }
    List<Thread> threads =
        left.stream().map(life -> Thread.startVirtualThread(life::abandon)).toList();
    for (Thread each : threads) {
      try {
        each.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Ends a reconciler that is idle. */
  void finish() {
    lock.lock();
    try {
      closed = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      gate.await();
      while (awaitWork()) {
        reconcile();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns false when closed. */
  private boolean awaitWork() throws InterruptedException {
    lock.lock();
    try {
      while (!pending && !closed) {
        changed.await();
      }
      pending = false;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void reconcile() {
    boolean idleNow;
    lock.lock();
    try {
      forgetEnded();
      List<RolloutPlan.View> present =
          lives.stream()
              .filter(life -> !life.leaving())
              .map(life -> new RolloutPlan.View(life.id(), life.generation(), life.ready()))
              .toList();
      DesiredFunction wish = desired;
      RolloutPlan plan =
          wish == null
              ? RolloutPlan.of(0, 0, present)
              : RolloutPlan.of(wish.replicas(), wish.generation(), present);
      lives.stream().filter(life -> plan.drain().contains(life.id())).forEach(ReplicaLife::leave);
      if (wish != null && plan.start() > 0) {
        begin(wish, plan.start());
      }
      idleNow = desired == null && lives.isEmpty();
    } finally {
      lock.unlock();
    }
    if (idleNow) {
      onIdle.run();
    }
  }

  private void forgetEnded() {
    for (ReplicaLife life : lives) {
      if (life.ended() && life.failed()) {
        startProblem = life.problem().orElse("could not be started");
        postpone();
      }
    }
    lives.removeIf(ReplicaLife::ended);
  }

  private void begin(DesiredFunction wish, int count) {
    long wait = notBefore - System.nanoTime();
    if (wait > 0) {
      pokeAfter(Duration.ofNanos(wait));
      return;
    }
    try {
      for (int i = 0; i < count; i++) {
        lives.add(births.begin(wish, this::poke));
      }
    } catch (IOException e) {
      log.warn("{}: {}", ref, e.getMessage());
      startProblem = e.getMessage();
      postpone();
      pending = true;
    }
  }

  private void postpone() {
    notBefore = System.nanoTime() + backoff.afterFailure(Duration.ZERO).toNanos();
  }

  private void pokeAfter(Duration wait) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                Thread.sleep(wait);
                poke();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }
}
