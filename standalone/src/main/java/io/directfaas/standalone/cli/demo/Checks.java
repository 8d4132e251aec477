package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.term.Terminal.Style;
import java.util.ArrayList;
import java.util.List;

/** What the demo claims, each claim checked as it is made. */
final class Checks {
  private final Terminal terminal;
  private final List<String> failed = new ArrayList<>();
  private int made;

  Checks(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Prints the claim with the outcome of its check. */
  void check(boolean holds, String claim) {
    made++;
    if (holds) {
      terminal.line("  " + terminal.style(Style.GOOD, "ok") + "    " + claim);
    } else {
      failed.add(claim);
      terminal.line("  " + terminal.style(Style.BAD, "FAIL") + "  " + claim);
    }
  }

  int made() {
    return made;
  }

  /** The claims that did not hold. */
  List<String> failed() {
    return failed;
  }
}
