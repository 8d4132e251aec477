package io.directfaas.watchdog.http;

/** Answers requests. */
public interface Handler {
  /**
   * Takes a request. May return before it has answered; then it must answer, or drop the exchange,
   * from another thread. Nothing but this method, or what it waits for, may read the body.
   */
  void handle(Exchange exchange);
}
