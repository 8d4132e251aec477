package io.directfaas.xds.identity;

/** A credential that proves nothing; the message says why, and is for the client to read. */
public final class InvalidCredentialException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidCredentialException(String message) {
    super(message);
  }
}
