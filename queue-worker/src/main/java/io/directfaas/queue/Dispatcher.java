package io.directfaas.queue;

import io.directfaas.queue.CallQueue.Taken;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes calls and makes them, so many at a time. */
final class Dispatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  /** How long a call waits for a function that nobody can reach before it is given up. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final CallQueue queue;
  private final FunctionCaller caller;
  private final CallbackSender callbacks;
  private final RetryPolicies policies;
  private final List<Thread> threads = new ArrayList<>();
  private final WorkerMetrics metrics;

  Dispatcher(
      CallQueue queue,
      FunctionCaller caller,
      CallbackSender callbacks,
      RetryPolicies policies,
      WorkerMetrics metrics) {
    this.queue = queue;
    this.caller = caller;
    this.callbacks = callbacks;
    this.policies = policies;
    this.metrics = metrics;
  }

  /**
   * @param atOnce calls of all functions under way at a time
   */
  void start(int atOnce) {
    for (int i = 0; i < atOnce; i++) {
      threads.add(Thread.ofVirtual().name("dispatch-" + i).start(this::run));
    }
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        make(queue.take());
      } catch (IOException e) {
        log.warn("no call could be taken", e);
        pause();
      } catch (RuntimeException e) {
        log.error("a call", e);
        pause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void make(Taken taken) throws InterruptedException {
    metrics.begun();
    try {
      makeAndSettle(taken);
    } finally {
      metrics.ended();
    }
  }

  private void makeAndSettle(Taken taken) throws InterruptedException {
    Thread renewal = Thread.ofVirtual().start(() -> renew(taken));
    Outcome outcome;
    try {
      outcome = caller.call(taken.call());
    } finally {
      renewal.interrupt();
    }
    try {
      settle(taken, outcome);
    } finally {
      FunctionCaller.delete(outcome.body());
    }
  }

  private static void renew(Taken taken) {
    try {
      while (true) {
        Thread.sleep(Duration.ofSeconds(5));
        taken.renew();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void settle(Taken taken, Outcome outcome) throws InterruptedException {
    QueuedCall call = taken.call();
    if (!outcome.reached()) {
      long age = System.currentTimeMillis() - taken.acceptedAt();
      // A new function may be known to its callers before it is to the ingress.
      boolean refused = outcome.status() == 404 || outcome.status() == 403;
      boolean hope = !refused || policies.callable(call.function());
      if (hope && age < PATIENCE.toMillis()) {
        metrics.retriedUnreached();
        taken.again(pauseAtAge(age), false);
        return;
      }
    } else if (outcome.status() >= 400) {
      RetryPolicy policy = policies.of(call.function());
      int tries = taken.attempts() + 1;
      if (policy.codes().contains(outcome.status()) && tries < policy.attempts()) {
        metrics.retriedForStatus();
        taken.again(policy.waitAfter(tries), true);
        return;
      }
      if (policy.codes().contains(outcome.status())) {
        metrics.abandoned();
        log.warn(
            "call {} of {} is given up after {} tries, the last with status {}",
            call.callId(),
            call.function(),
            tries,
            outcome.status());
      }
    }
    if (outcome.reached()) {
      metrics.executed();
    } else {
      metrics.abandoned();
      log.warn("call {} of {} is given up: nobody reached it", call.callId(), call.function());
    }
    if (call.callback() != null) {
      metrics.callback(callbacks.send(call.callback(), call, outcome));
    }
    taken.done();
  }

  /** Longer the longer nobody could be reached. */
  private static Duration pauseAtAge(long ageMillis) {
    return Duration.ofMillis(
        Math.clamp(ageMillis / 4, FIRST_PAUSE.toMillis(), LONGEST_PAUSE.toMillis()));
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
