package io.directfaas.standalone.cli.demo;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.term.Terminal.Style;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What all scenes of the demo share.
 *
 * @param stack the stack that is shown
 * @param gateway its control API
 * @param functions its ingress
 * @param counters its counters
 * @param checks the claims made so far
 * @param terminal where it is shown
 */
record Tour(
    Stack stack,
    Gateway gateway,
    HttpCaller functions,
    Counters counters,
    Checks checks,
    Terminal terminal) {
  static final FunctionRef EXTRACT = new FunctionRef("acme", "extract");
  static final FunctionRef TRANSFORM = new FunctionRef("acme", "transform");
  static final FunctionRef THUMBNAIL = new FunctionRef("acme", "thumbnail");
  static final FunctionRef SPY = new FunctionRef("globex", "spy");

  private static final Duration POLL = Duration.ofMillis(50);

  void title(String text) {
    terminal.blank();
    terminal.line(terminal.style(Style.BOLD, text));
  }

  void say(String text) {
    terminal.line("  " + text);
  }

  /**
   * Waits for something that comes a little late, such as the switch's counters.
   *
   * @return whether it came in time
   */
  static boolean eventually(Duration within, BooleanSupplier condition) {
    long deadline = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return true;
  }

  /** Bytes as people write them. */
  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
