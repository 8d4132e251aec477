package io.directfaas.standalone.cli.demo;

import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.term.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The guided tour. */
@Command(
    name = "demo",
    description =
        "Starts the stack, deploys a sample application in two tenants, and shows that calls go"
            + " directly and that the other tenant is shut out.")
public final class DemoCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  public DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    throw new UnsupportedOperationException(terminal.toString() + options);
  }
}
