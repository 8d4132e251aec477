package io.directfaas.standalone.cli.why;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.FunctionNames;
import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.term.Terminal.Style;
import io.directfaas.standalone.cli.why.Finding.Verdict;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Says whether a call would pass, and which layer stops it. */
@Command(
    name = "why",
    description = {
      "Would this call pass? Each layer's answer with its evidence.",
      "Functions are written ns/fn or fn.ns; ingress stands for outside callers.",
      "Exit code 0 when the call would pass, 1 when not."
    })
public final class WhyCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Parameters(index = "0", paramLabel = "CALLER")
  private String caller = "";

  @Parameters(index = "1", paramLabel = "CALLEE")
  private String callee = "";

  public WhyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    FunctionRef from = FunctionNames.parse(caller);
    FunctionRef to = FunctionNames.parse(callee);
    Stack stack = options.stack();
    List<Finding> findings = new CallCheck(stack, stack.gateway().graph()).check(from, to);
    boolean stopped = findings.stream().anyMatch(finding -> finding.verdict() == Verdict.STOPS);
    boolean unknown = findings.stream().anyMatch(finding -> finding.verdict() == Verdict.UNKNOWN);
    terminal.line(
        terminal.style(
            Style.BOLD,
            "%s -> %s: %s"
                .formatted(
                    from,
                    to,
                    stopped
                        ? "no"
                        : unknown
                            ? "cannot say, not every layer could be asked"
                            : "yes, it would pass")));
    findings.forEach(this::print);
    return stopped || unknown ? 1 : 0;
  }

  private void print(Finding finding) {
    String mark =
        switch (finding.verdict()) {
          case PASSES -> terminal.style(Style.GOOD, "passes ");
          case STOPS -> terminal.style(Style.BAD, "stops  ");
          case NOT_CONCERNED -> terminal.style(Style.DIM, "-      ");
          case UNKNOWN -> terminal.style(Style.WARN, "unknown");
        };
    terminal.line("  %-12s %s  %s".formatted(finding.layer(), mark, finding.evidence()));
  }
}
