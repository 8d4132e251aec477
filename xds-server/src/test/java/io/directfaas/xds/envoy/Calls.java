package io.directfaas.xds.envoy;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Callers that go on until they are told to stop, and remember every call that went wrong. */
public final class Calls implements AutoCloseable {
  /** One call. */
  public interface Call {
    HttpResponse<String> make() throws Exception;
  }

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong made = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> callers = new ArrayList<>();

  public static Calls start(int callers, Call call) {
    Calls calls = new Calls();
    for (int i = 0; i < callers; i++) {
      calls.callers.add(Thread.ofVirtual().start(() -> calls.repeat(call)));
    }
    return calls;
  }

  private void repeat(Call call) {
    while (!stop.get()) {
      try {
        HttpResponse<String> answer = call.make();
        if (answer.statusCode() != 200) {
          failures.add(answer.statusCode() + " " + answer.body());
        }
      } catch (Exception e) {
        failures.add(e.toString());
      }
      made.incrementAndGet();
    }
  }

  public long made() {
    return made.get();
  }

  /** What went wrong so far. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() throws InterruptedException {
    stop.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
  }
}
