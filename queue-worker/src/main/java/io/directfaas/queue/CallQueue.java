package io.directfaas.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Keeps calls until they have been made. Safe for several threads. */
interface CallQueue extends AutoCloseable {
  /**
   * Accepts a call: it is on disk when this returns.
   *
   * @throws QueueFullException if there is no room; the call is not accepted
   * @throws IOException if it could not be stored
   */
  void put(QueuedCall call) throws IOException, QueueFullException, InterruptedException;

  /** Waits for a call whose time has come. It is the taker's until settled. */
  Taken take() throws IOException, InterruptedException;

  /**
   * How many calls wait or are being made, by {@code namespace/name}; without those of whom none
   * does.
   *
   * @throws IllegalStateException if that cannot be found out now
   */
  Map<String, Long> depths();

  /**
   * How long a body it can keep.
   *
   * @param configured how long one it should take at most, bytes
   */
  default int mostBody(int configured) {
    return configured;
  }

  @Override
  void close();

  /** A call that somebody makes. Not settled when the process ends, it is taken again. */
  interface Taken {
    QueuedCall call();

    /** How often the function has been tried before. */
    int attempts();

    /** When it was accepted, milliseconds since 1970. */
    long acceptedAt();

    /** It is still being made. */
    default void renew() {}

    /** It has been made, or given up. */
    void done();

    /**
     * It is to be made again.
     *
     * @param tried whether the function was tried
     */
    void again(Duration delay, boolean tried);
  }

  /** There is no room for another call. The message says which bound is reached. */
  final class QueueFullException extends Exception {
    private static final long serialVersionUID = 1L;

    QueueFullException(String message) {
      super(message);
    }
  }
}
