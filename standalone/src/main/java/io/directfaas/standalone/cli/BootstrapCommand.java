package io.directfaas.standalone.cli;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.term.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints the bootstrap that the sidecars of a function are started with. */
@Command(
    name = "bootstrap",
    description = "Prints the xDS bootstrap of a client with the identity of a function.")
public final class BootstrapCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Parameters(index = "0", paramLabel = "envoy|grpc")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NS/FN")
  private String function = "";

  public BootstrapCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    switch (kind) {
      case "envoy" -> terminal.line(envoy(options.stack(), FunctionNames.parse(function)));
      case "grpc" -> throw new CommandFailed("bootstrap grpc is not there yet; bootstrap envoy is");
      default -> throw new CommandFailed("there is no 'bootstrap " + kind + "'; there is envoy");
    }
    return 0;
  }

  private static String envoy(Stack stack, FunctionRef function) {
    ReplicaView replica =
        stack.gateway().graph().replicasOf(function).stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandFailed(
                        function + " has no replica, so there is no sidecar to show"));
    Path file = stack.layout().bootstrapFile(replica.id());
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Unavailable("the bootstrap " + file + " cannot be read: " + e, e);
    }
  }
}
