package io.directfaas.xds.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is to be pushed what: at most one push pending and one running per client. What comes for a
 * client that has one pending is merged into it; what comes while its push runs waits for the end
 * of that, merged likewise. Urgent pushes go first, otherwise first come, first served; a client
 * that is merged keeps its place.
 *
 * @param <K> a client, by identity of {@code equals}
 */
final class PushQueue<K> {
  /** A push to run; {@link #markDone} must follow. */
  record Push<K>(K client, PushRequest request) {}

  // All below is guarded by this.

  /** Pending, and in one of the two lines. */
  private final Map<K, PushRequest> pending = new HashMap<>();

  private final Deque<K> urgentLine = new ArrayDeque<>();
  private final Deque<K> normalLine = new ArrayDeque<>();

  /** Running; the value is what came meanwhile. A client is never pending and running at once. */
  private final Map<K, @Nullable PushRequest> running = new LinkedHashMap<>();

  private boolean shutDown;

  synchronized void enqueue(K client, PushRequest request) {
    if (shutDown) {
      return;
    }
    if (running.containsKey(client)) {
      PushRequest meanwhile = running.get(client);
      running.put(client, meanwhile == null ? request : meanwhile.merge(request));
      return;
    }
    PushRequest before = pending.get(client);
    if (before == null) {
      pending.put(client, request);
      line(request).add(client);
      notify();
      return;
    }
    PushRequest merged = before.merge(request);
    pending.put(client, merged);
    if (merged.urgent() && !before.urgent()) {
      normalLine.remove(client);
      urgentLine.add(client);
    }
  }

  private Deque<K> line(PushRequest request) {
    return request.urgent() ? urgentLine : normalLine;
  }

  /**
   * The next push; waits for one.
   *
   * @return null when the queue is shut down
   */
  synchronized @Nullable Push<K> dequeue() throws InterruptedException {
    while (pending.isEmpty() && !shutDown) {
      wait();
    }
    if (shutDown) {
      return null;
    }
    K client = urgentLine.isEmpty() ? normalLine.remove() : urgentLine.remove();
    PushRequest request = pending.remove(client);
    if (request == null) {
      throw new IllegalStateException("in line but not pending: " + client);
    }
    running.put(client, null);
    return new Push<>(client, request);
  }

  /** The client's running push is over; what came meanwhile is pending now. */
  synchronized void markDone(K client) {
    PushRequest meanwhile = running.remove(client);
    if (meanwhile != null) {
      enqueue(client, meanwhile);
    }
  }

  /** The client is gone: nothing of it stays. A push of it that runs may still be marked done. */
  synchronized void remove(K client) {
    PushRequest request = pending.remove(client);
    if (request != null) {
      line(request).remove(client);
    }
    running.replace(client, null);
  }

  /** How many pushes have not begun. */
  synchronized int pending() {
    return pending.size();
  }

  /** How many clients it knows of at all. */
  synchronized int size() {
    return pending.size() + running.size();
  }

  /** Lets go of all who wait and takes nothing more. */
  synchronized void shutDown() {
    shutDown = true;
    pending.clear();
    urgentLine.clear();
    normalLine.clear();
    notifyAll();
  }
}
