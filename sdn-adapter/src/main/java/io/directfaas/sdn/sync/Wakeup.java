package io.directfaas.sdn.sync;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Tells the one who keeps the switch right that something has changed; never loses a signal. */
public final class Wakeup {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition signalled = lock.newCondition();
  private long count;

  public void signal() {
    lock.lock();
    try {
      count++;
      signalled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** To be taken before looking at what may change. */
  long current() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Returns when there was a signal since {@code seen} was taken, or when the time is over. */
  void await(long seen, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (count == seen && left > 0) {
        left = signalled.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  static long nanosUntil(long deadline) {
    return Math.max(TimeUnit.MILLISECONDS.toNanos(1), deadline - System.nanoTime());
  }
}
