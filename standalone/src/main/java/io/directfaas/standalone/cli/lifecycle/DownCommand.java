package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.term.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Stops the stack. */
@Command(
    name = "down",
    description =
        "Stops the stack and leaves no process, namespace, bridge or lock behind. What is deployed"
            + " is kept and comes back with the next up.")
public final class DownCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  public DownCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    new Lifecycle(options.stack(), terminal).down();
    return 0;
  }
}
