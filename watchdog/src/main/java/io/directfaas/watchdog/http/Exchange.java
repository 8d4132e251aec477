package io.directfaas.watchdog.http;

import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** One request and its one answer. Thread-safe but for the body, which has one reader at a time. */
public final class Exchange {
  private final Connection connection;
  private final RequestHead head;
  private final RequestBody body;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  Exchange(Connection connection, RequestHead head, RequestBody body) {
    this.connection = connection;
    this.head = head;
    this.body = body;
  }

  public RequestHead head() {
    return head;
  }

  /** The body; reading it throws when the client ends early, stalls or breaks the protocol. */
  public InputStream body() {
    return body;
  }

  /**
   * Sends the answer, unless there is one already. Blocks until it is sent.
   *
   * @return whether this call's answer was the one
   */
  public boolean answer(Response response) {
    if (!taken.compareAndSet(false, true)) {
      return false;
    }
    try {
      connection.send(this, response);
    } finally {
      ended.complete(response.status());
    }
    return true;
  }

  /**
   * Gives up without an answer, unless there is one already: the client is not there any more. The
   * connection is closed.
   *
   * @return whether there was none
   */
  public boolean drop() {
    if (!taken.compareAndSet(false, true)) {
      return false;
    }
    connection.close();
    ended.complete(CLIENT_GONE);
    return true;
  }

  /** What {@link #ended()} tells of a dropped exchange. No client ever sees it. */
  public static final int CLIENT_GONE = 499;

  /** Completes with the status when the answer is sent. */
  public CompletableFuture<Integer> ended() {
    return ended;
  }

  /** Completes when the client leaves before it has its answer. */
  public CompletableFuture<Void> gone() {
    return gone;
  }

  boolean bodyFinished() {
    return body.finished();
  }

  boolean bodyBroken() {
    return body.broken();
  }

  void clientLeft() {
    if (!ended.isDone()) {
      gone.complete(null);
    }
  }
}
