package io.directfaas.standalone.cli.term;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Where output goes, and whether it may be coloured. Results go to standard output, progress to
 * standard error, so that {@code status --json} can be piped.
 */
public final class Terminal {
  /** How a piece of text stands out where colours are to be had. */
  public enum Style {
    PLAIN(""),
    BOLD("1"),
    DIM("2"),
    GOOD("32"),
    BAD("31"),
    WARN("33"),
    ACCENT("36");

    private final String code;

    Style(String code) {
      this.code = code;
    }
  }

  private final PrintStream out;
  private final PrintStream err;
  private final boolean colours;
  private final boolean live;

  /**
   * @param out for results
   * @param err for progress and errors
   * @param colours whether escape sequences may be written
   * @param live whether a line may be overwritten by the next
   */
  public Terminal(PrintStream out, PrintStream err, boolean colours, boolean live) {
    this.out = out;
    this.err = err;
    this.colours = colours;
    this.live = live;
  }

  /**
   * The process's own terminal. The launcher says in DIRECTFAAS_TTY whether there is one, as Java
   * 21 cannot tell; NO_COLOR (no-color.org) turns colours off.
   */
  public static Terminal ofProcess(Map<String, String> environment) {
    boolean tty =
        "1".equals(environment.get("DIRECTFAAS_TTY"))
            && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
    String noColor = environment.getOrDefault("NO_COLOR", "");
    return new Terminal(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        tty && noColor.isEmpty(),
        tty);
  }

  /** Prints one line of a result. */
  public void line(String text) {
    out.println(text);
  }

  public void blank() {
    out.println();
  }

  /** Prints one line of progress or advice. */
  public void note(String text) {
    err.println(text);
  }

  /** Prints why a command failed. */
  public void error(String sentence) {
    err.println(style(Style.BAD, "directfaas:") + " " + sentence);
  }

  /**
   * Shows what is going on, over the last such line where the terminal can, as a line of its own
   * where it cannot.
   */
  public void progress(String text) {
    if (live) {
      err.print("\r\u001b[K" + style(Style.DIM, text));
      err.flush();
    } else {
      err.println(text);
    }
  }

  /** Takes the last progress line away. */
  public void progressDone() {
    if (live) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  public String style(Style style, String text) {
    return colours && style != Style.PLAIN
        ? "\u001b[" + style.code + "m" + text + "\u001b[0m"
        : text;
  }
}
