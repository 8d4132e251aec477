package io.directfaas.gateway.web;

import java.util.concurrent.atomic.LongAdder;

/**
 * How many bytes of bodies have passed the connectors: the proof that the payload of calls does
 * not.
 */
public final class BodyBytes {
  private final LongAdder requests = new LongAdder();
  private final LongAdder responses = new LongAdder();

  void add(long requestBytes, long responseBytes) {
    requests.add(requestBytes);
    responses.add(responseBytes);
  }

  /** Bytes of request bodies since the start. */
  public long requestBytes() {
    return requests.sum();
  }

  /** Bytes of response bodies since the start. */
  public long responseBytes() {
    return responses.sum();
  }
}
