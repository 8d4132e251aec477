package io.directfaas.watchdog.http;

import java.io.IOException;

/** The peer does not speak HTTP as we understand it; the connection cannot be used any further. */
public final class BadRequestException extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;

  BadRequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The status to answer with. */
  public int status() {
    return status;
  }
}
