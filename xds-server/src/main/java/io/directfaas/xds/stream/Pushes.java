package io.directfaas.xds.stream;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a published change to the streams: debounce per client, then one queue, then a bounded
 * number of pushes at a time. A push is over when the stream has written what it may write now; it
 * never waits for a client.
 */
final class Pushes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pushes.class);

  /**
   * How changes are held back, and how many pushes run at a time.
   *
   * @param quiet how long no change must have come for a client before the later ones of a burst
   *     are pushed to it
   * @param most how long a change is held back at most
   * @param concurrent pushes at a time
   */
  record Pace(Duration quiet, Duration most, int concurrent) {
    /** With few processors more pushes at a time only take the memory of more messages. */
    static final Pace DEFAULT =
        new Pace(
            Duration.ofMillis(20),
            Duration.ofSeconds(1),
            Math.min(100, 15 + 5 * Runtime.getRuntime().availableProcessors()));
  }

  private final PushQueue<AdsStream<?, ?>> queue = new PushQueue<>();
  private final ScheduledExecutorService timer;
  private final Metrics metrics;
  private final Pace pace;

  Pushes(Pace pace, ScheduledExecutorService timer, Metrics metrics) {
    this.pace = pace;
    this.timer = timer;
    this.metrics = metrics;
    for (int i = 0; i < pace.concurrent(); i++) {
      Thread.ofVirtual().name("xds-push-" + i).start(this::work);
    }
  }

  Debounce debounce() {
    return new Debounce(pace.quiet().toNanos(), pace.most().toNanos(), System.nanoTime());
  }

  void submit(AdsStream<?, ?> stream, PushRequest request) {
    metrics.pushSubmitted(request.urgent());
    long delay = stream.debounce().add(request, System.nanoTime());
    if (delay == 0) {
      flush(stream);
    } else if (delay > 0) {
      later(stream, delay);
    }
  }

  private void later(AdsStream<?, ?> stream, long delay) {
    try {
      var unused = timer.schedule(() -> timerFired(stream), delay, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("not pushed, the server is closing: {}", e.getMessage());
    }
  }

  private void timerFired(AdsStream<?, ?> stream) {
    flush(stream);
    long again = stream.debounce().timerFired(System.nanoTime());
    if (again >= 0) {
      later(stream, again);
    }
  }

  private void flush(AdsStream<?, ?> stream) {
    PushRequest request = stream.debounce().take(System.nanoTime());
    // Null if an urgent change took it along meanwhile, or a later one put it off.
    if (request != null) {
      queue.enqueue(stream, request);
    }
  }

  private void work() {
    try {
      boolean more = true;
      while (more) {
        more = pushNext();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** In a frame of its own, so that who waits for the next one does not hold on to the last. */
  private boolean pushNext() throws InterruptedException {
    var push = queue.dequeue();
    if (push == null) {
      return false;
    }
    metrics.queued(System.nanoTime() - push.request().since());
    try {
      push.client().push(push.request()).get();
    } catch (ExecutionException e) {
      log.error("a push failed", e.getCause());
    } finally {
      queue.markDone(push.client());
    }
    return true;
  }

  void gone(AdsStream<?, ?> stream) {
    queue.remove(stream);
  }

  int pending() {
    return queue.pending();
  }

  /** How many streams it holds on to. */
  int size() {
    return queue.size();
  }

  @Override
  public void close() {
    queue.shutDown();
  }
}
