package io.directfaas.queue;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which calls wait, by function, in the order of their time. Functions take turns and have a bound
 * of calls at once each, so that one's backlog holds up nobody else.
 */
final class Backlog {
  /**
   * @param due when it may be taken, milliseconds since 1970
   */
  record Entry(long id, String function, long due, int attempts, long acceptedAt, int size) {}

  private static final class Line {
    private final PriorityQueue<Entry> waiting =
        new PriorityQueue<>(
            java.util.Comparator.comparingLong(Entry::due).thenComparingLong(Entry::id));
    private int running;
  }

  private final int mostAtOnce;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private final Map<String, Line> lines = new HashMap<>();
  private final ArrayDeque<String> turns = new ArrayDeque<>();

  /**
   * @param mostAtOnce calls of one function under way at a time
   */
  Backlog(int mostAtOnce) {
    this.mostAtOnce = mostAtOnce;
  }

  void add(Entry entry) {
    lock.lock();
    try {
      line(entry.function()).waiting.add(entry);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** One of the function's calls is not under way any more. */
  void ended(String function) {
    lock.lock();
    try {
      Line line = line(function);
      line.running--;
      forgetIfIdle(function, line);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  Entry take() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        long now = System.currentTimeMillis();
        Entry entry = next(now);
        if (entry != null) {
          // There may be another one for the next who waits.
          changed.signal();
          return entry;
        }
        long earliest = earliest();
        if (earliest == Long.MAX_VALUE) {
          changed.await();
        } else {
          long ignored = changed.awaitNanos(TimeUnit.MILLISECONDS.toNanos(earliest - now));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Entry next(long now) {
    for (int i = turns.size(); i > 0; i--) {
      String function = turns.removeFirst();
      turns.addLast(function);
      Line line = line(function);
      Entry head = line.waiting.peek();
      if (head != null && head.due() <= now && line.running < mostAtOnce) {
        line.waiting.remove();
        line.running++;
        return head;
      }
    }
    return null;
  }

  /** When a call that only has to wait for its time may be taken. */
  private long earliest() {
    long earliest = Long.MAX_VALUE;
    for (Line line : lines.values()) {
      Entry head = line.waiting.peek();
      if (head != null && line.running < mostAtOnce) {
        earliest = Math.min(earliest, head.due());
      }
    }
    return earliest;
  }

  private Line line(String function) {
    return lines.computeIfAbsent(
        function,
        name -> {
          turns.addLast(name);
          return new Line();
        });
  }

  private void forgetIfIdle(String function, Line line) {
    if (line.running == 0 && line.waiting.isEmpty()) {
      lines.remove(function);
      turns.remove(function);
    }
  }
}
