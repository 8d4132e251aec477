package io.directfaas.standalone.cli;

/** Ends a command: the message, one sentence, is all the user sees of it. */
public final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailed(String sentence) {
    super(sentence);
  }

  public CommandFailed(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /** The message of an exception, or its kind where it has none. */
  public static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
