package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.term.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Starts the stack. */
@Command(
    name = "up",
    description =
        "Starts the whole stack on this machine and returns when everything is ready. After a crash"
            + " it recovers: what still runs is taken over, what does not is cleaned up.")
public final class UpCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  public UpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    new Lifecycle(options.stack(), terminal).up();
    return 0;
  }
}
