package io.directfaas.standalone.cli.client;

/**
 * A component could not be asked, or did not answer as it should; the message says how, in words.
 */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Unavailable(String message) {
    super(message);
  }

  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
