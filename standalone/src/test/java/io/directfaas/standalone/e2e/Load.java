package io.directfaas.standalone.e2e;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Callers that go on until they are told to stop, and remember every call that went wrong. */
final class Load implements AutoCloseable {
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger succeeded = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final List<Thread> callers = new ArrayList<>();

  private Load() {}

  /** Calls an echo function with {@code body} from so many callers at once. */
  static Load start(StackUnderTest stack, String function, byte[] body, int callers) {
    return start(stack, function, body, callers, Duration.ZERO);
  }

  /**
   * @param pause of each caller between its calls
   */
  static Load start(
      StackUnderTest stack, String function, byte[] body, int callers, Duration pause) {
    Load load = new Load();
    for (int i = 0; i < callers; i++) {
      load.callers.add(
          Thread.ofPlatform().start(() -> load.callUntilStopped(stack, function, body, pause)));
    }
    return load;
  }

  private void callUntilStopped(
      StackUnderTest stack, String function, byte[] body, Duration pause) {
    while (running.get()) {
      try {
        HttpResponse<byte[]> answer = stack.call(function, body);
        if (answer.statusCode() == 200 && Arrays.equals(answer.body(), body)) {
          succeeded.incrementAndGet();
        } else {
          failures.add(
              answer.statusCode()
                  + ": "
                  + new String(
                      answer.body(),
                      0,
                      Math.min(200, answer.body().length),
                      java.nio.charset.StandardCharsets.UTF_8));
        }
      } catch (Exception e) {
        failures.add(e.toString());
      }
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  int succeeded() {
    return succeeded.get();
  }

  List<String> failures() {
    return failures;
  }

  @Override
  public void close() {
    running.set(false);
    for (Thread caller : callers) {
      try {
        caller.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
