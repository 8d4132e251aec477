package io.directfaas.xds.protocol;

/** A client asks for more than it may; the message names the limit. The stream should end. */
public final class LimitExceededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LimitExceededException(String message) {
    // Hostile clients may cause many; the stack says nothing.
    super(message, null, false, false);
  }
}
