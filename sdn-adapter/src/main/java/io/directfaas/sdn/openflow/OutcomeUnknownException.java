package io.directfaas.sdn.openflow;

/**
 * The switch was told to commit and did not answer: it may hold the old flows or the new ones. The
 * session is closed; only a new dump tells.
 */
public final class OutcomeUnknownException extends OpenFlowException {
  private static final long serialVersionUID = 1;

  public OutcomeUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
