package io.directfaas.sdn.openflow;

import java.io.IOException;

/** A request to the switch that did not do what was asked; nothing was changed. */
public class OpenFlowException extends IOException {
  private static final long serialVersionUID = 1;

  public OpenFlowException(String message) {
    super(message);
  }

  public OpenFlowException(String message, Throwable cause) {
    super(message, cause);
  }
}
