package io.directfaas.graph.denied;

import io.directfaas.graph.FunctionRef;
import java.time.Instant;

/**
 * A call that was tried and not let through.
 *
 * @param caller who tried
 * @param callee whom it meant
 * @param attempt what was tried, in words such as {@code tcp 10.88.0.4:9090}
 * @param count how often it was seen; a layer that samples sees less than there was
 * @param lastSeen when it was seen last
 */
public record DeniedCall(
    FunctionRef caller, FunctionRef callee, String attempt, long count, Instant lastSeen) {

  /** The same, seen more often. */
  public DeniedCall plus(DeniedCall later) {
    return new DeniedCall(
        caller, callee, later.attempt, count + later.count, max(lastSeen, later.lastSeen));
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
