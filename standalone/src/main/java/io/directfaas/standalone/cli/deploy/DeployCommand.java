package io.directfaas.standalone.cli.deploy;

import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.term.Terminal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Deploys what an OpenFaaS stack.yml asks for. */
@Command(name = "deploy", description = "Deploys the functions of an OpenFaaS stack.yml.")
public final class DeployCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Option(
      names = {"-f", "--yaml"},
      paramLabel = "FILE",
      defaultValue = "stack.yml",
      description = "The file to deploy (default: stack.yml).")
  private Path file = Path.of("stack.yml");

  @Option(
      names = "--no-wait",
      description = "Returns as soon as the control API has accepted everything.")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until everything is ready (default: 60).")
  private long timeoutSeconds = 60;

  public DeployCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    StackFile stackFile = new StackFileReader(System.getenv()).read(file);
    Stack stack = options.stack();
    Deployer deployer = new Deployer(stack.gateway(), new CodeStore(stack.codeDir()), terminal);
    deployer.deploy(stackFile, noWait ? Duration.ZERO : Duration.ofSeconds(timeoutSeconds));
    return 0;
  }
}
