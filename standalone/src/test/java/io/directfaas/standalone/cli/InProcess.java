package io.directfaas.standalone.cli;

/** Runs a command in this process: the same as in one of its own, a JVM's start sooner. */
public final class InProcess {
  private InProcess() {}

  /** What the command printed to standard output. */
  public static String output(String... command) {
    RecordedTerminal recorded = new RecordedTerminal();
    DirectFaas.run(recorded.terminal(), command);
    return recorded.out() + recorded.err();
  }
}
