package io.directfaas.gateway.owner;

import io.directfaas.graph.Violation;

/** A change that cannot be made as things stand. Nothing of it has been applied. */
public final class RejectedChangeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The thing to change does not exist. */
    NOT_FOUND,
    /** The thing to make exists. */
    CONFLICT,
    /** The request names something that does not exist, or must not be touched. */
    INVALID
  }

  private final Reason reason;

  RejectedChangeException(Reason reason, Violation violation) {
    super(violation.toString());
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
