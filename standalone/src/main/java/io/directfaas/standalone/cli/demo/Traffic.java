package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.client.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Calls that go on while something else happens. */
final class Traffic implements AutoCloseable {
  private static final int CLIENTS = 2;

  /** Between two calls of one client: the machine is to have time for what is shown. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final List<Thread> clients = new ArrayList<>();
  private final AtomicLong succeeded = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  private Traffic() {}

  /** Starts calling. */
  static Traffic start(HttpCaller functions, String path, byte[] body, String contentType) {
    Traffic traffic = new Traffic();
    for (int i = 0; i < CLIENTS; i++) {
      traffic.clients.add(
          Thread.ofVirtual().start(() -> traffic.run(functions, path, body, contentType)));
    }
    return traffic;
  }

  private void run(HttpCaller functions, String path, byte[] body, String contentType) {
    while (!stopped) {
      try {
        Answer answer = functions.send("POST", path, body, contentType, TIMEOUT);
        if (answer.ok()) {
          succeeded.incrementAndGet();
        } else {
          failures.add(answer.status() + " " + answer.text().strip());
        }
      } catch (Unavailable e) {
        failures.add(String.valueOf(e.getMessage()));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  long succeeded() {
    return succeeded.get();
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Lets running calls end and starts no more. */
  @Override
  public void close() {
    stopped = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
