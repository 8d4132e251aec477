package io.directfaas.standalone.cli;

import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.demo.DemoCommand;
import io.directfaas.standalone.cli.deploy.DeployCommand;
import io.directfaas.standalone.cli.lifecycle.DownCommand;
import io.directfaas.standalone.cli.lifecycle.UpCommand;
import io.directfaas.standalone.cli.loadtest.LoadTestCommand;
import io.directfaas.standalone.cli.status.StatusCommand;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.why.WhyCommand;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of all commands. */
@Command(
    name = "directfaas",
    mixinStandardHelpOptions = true,
    versionProvider = DirectFaas.Version.class,
    description =
        "Serverless functions that call each other directly, on this machine: real Envoys, real"
            + " Open vSwitch.",
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      DemoCommand.class,
      DeployCommand.class,
      StatusCommand.class,
      WhyCommand.class,
      OvsCommand.class,
      BootstrapCommand.class,
      LoadTestCommand.class,
      ChainCommand.class,
      DirectFaas.Setup.class,
      DirectFaas.Test.class
    })
public final class DirectFaas implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private DirectFaas(CommandSpec spec) {
    this.spec = spec;
  }

  public static void main(String[] arguments) {
    System.exit(run(Terminal.ofProcess(System.getenv()), arguments));
  }

  /**
   * Runs one command.
   *
   * @return the process's exit code: 0 all well, 1 the command failed, 2 it was called wrongly
   */
  static int run(Terminal terminal, String... arguments) {
    CommandLine commandLine =
        new CommandLine(new DirectFaas(CommandSpec.create()), new Commands(terminal));
    commandLine.setExecutionExceptionHandler((failure, line, result) -> failed(terminal, failure));
    commandLine.setParameterExceptionHandler((failure, rest) -> misused(terminal, failure));
    return commandLine.execute(arguments);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(System.out);
    return 0;
  }

  private static int failed(Terminal terminal, Exception failure) throws Exception {
    terminal.progressDone();
    if (failure instanceof CommandFailed || failure instanceof Unavailable) {
      terminal.error(CommandFailed.reason(failure));
      return 1;
    }
    throw failure;
  }

  private static int misused(Terminal terminal, ParameterException failure) {
    terminal.error(CommandFailed.reason(failure));
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    terminal.note("Try '" + command + " --help'.");
    return 2;
  }

  /** Gives each command the terminal. */
  private record Commands(Terminal terminal) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Terminal.class).newInstance(terminal);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      Installation installation = Installation.ofProcess();
      return List.of("directfaas " + installation.version(), "Envoy " + installation.envoyVersion())
          .toArray(String[]::new);
    }
  }

  /** Shown in the help; the launcher does it, as it has to work before anything is built. */
  @Command(
      name = "setup",
      description = "Installs what is missing on this machine; silent when nothing is.")
  static final class Setup implements Callable<Integer> {
    @Override
    public Integer call() {
      throw new CommandFailed("setup is the launcher's work: call it as ./directfaas setup");
    }
  }

  /** Shown in the help; the launcher does it. */
  @Command(name = "test", description = "Runs all tests: setup, then mvn verify.")
  static final class Test implements Callable<Integer> {
    @Override
    public Integer call() {
      throw new CommandFailed("test is the launcher's work: call it as ./directfaas test");
    }
  }
}
