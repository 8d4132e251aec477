package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.term.Table;
import io.directfaas.standalone.cli.term.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * When each of several things came to be true, counted from one moment. Each is watched on a thread
 * of its own, so that one that is slow to look at does not delay what is seen of the others.
 */
final class Timeline {
  private static final Duration POLL = Duration.ofMillis(10);

  private final long start = System.nanoTime();
  private final Map<String, Long> reached = new ConcurrentHashMap<>();
  private final Map<String, BooleanSupplier> expected = new LinkedHashMap<>();

  /** Something has just come true. */
  void reached(String what) {
    reached.putIfAbsent(what, System.nanoTime() - start);
  }

  /** Something should come true. */
  void expect(String what, BooleanSupplier condition) {
    expected.put(what, condition);
  }

  /**
   * Watches until all has come true.
   *
   * @return whether it has, in time
   */
  boolean await(Duration within) {
    List<FutureTask<Boolean>> watches = new ArrayList<>();
    expected.forEach(
        (what, condition) -> {
          FutureTask<Boolean> watch = new FutureTask<>(() -> watch(what, condition, within));
          watches.add(watch);
          Thread.ofVirtual().start(watch);
        });
    boolean all = true;
    for (FutureTask<Boolean> watch : watches) {
      try {
        all &= watch.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return all;
  }

  private boolean watch(String what, BooleanSupplier condition, Duration within) {
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > within.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    reached(what);
    return true;
  }

  /** When something came true, in milliseconds from the start. */
  OptionalLong millis(String what) {
    Long nanos = reached.get(what);
    return nanos == null ? OptionalLong.empty() : OptionalLong.of(nanos / 1_000_000);
  }

  void print(Terminal terminal, String title) {
    Table table = new Table(">AFTER", title.toUpperCase(Locale.ROOT));
    reached.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> table.row(entry.getValue() / 1_000_000 + " ms", entry.getKey()));
    expected.keySet().stream()
        .filter(what -> !reached.containsKey(what))
        .forEach(what -> table.row("never", what));
    terminal.blank();
    table.print(terminal, "        ");
    terminal.blank();
  }
}
