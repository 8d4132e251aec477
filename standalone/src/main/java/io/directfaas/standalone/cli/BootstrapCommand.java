package io.directfaas.standalone.cli;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.term.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Prints what an xDS client of ours starts from, with the identity of a function. */
@Command(
    name = "bootstrap",
    description = {
      "Prints the xDS bootstrap of a client with the identity of a function.",
      "Envoy's holds its credentials; gRPC's names files, which are written, and renewed each time."
    })
public final class BootstrapCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Parameters(index = "0", paramLabel = "envoy|grpc")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NS/FN")
  private String function = "";

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "grpc: where to write the files (default: clients/NS/FN of the state directory)")
  private @Nullable Path directory;

  public BootstrapCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!kind.equals("envoy") && !kind.equals("grpc")) {
      throw new CommandFailed("there is no 'bootstrap " + kind + "'; there are envoy and grpc");
    }
    FunctionRef ref = FunctionNames.parse(function);
    Stack stack = options.stack();
    String path = "/bootstrap/" + kind + "?function=" + ref;
    if (kind.equals("envoy")) {
      terminal.line(ask(stack, path).text().strip());
      return 0;
    }
    Path files = directory == null ? stack.clientDir(ref) : directory.toAbsolutePath().normalize();
    if (!files.toString().matches("[-A-Za-z0-9/._]+")) {
      throw new CommandFailed(
          "--dir: " + files + " has other characters than a-z, 0-9, -, _, . and /");
    }
    JsonNode answer = ask(stack, path + "&dir=" + files).json();
    write(files, answer.path("files"));
    terminal.line(answer.path("bootstrap").toPrettyString());
    return 0;
  }

  private static Answer ask(Stack stack, String path) {
    Answer answer = stack.bootstraps().get(path, PATIENCE);
    if (!answer.ok()) {
      throw new CommandFailed(answer.text().strip());
    }
    return answer;
  }

  private static void write(Path directory, JsonNode files) {
    try {
      Files.createDirectories(directory, permissions("rwx------"));
      for (Map.Entry<String, JsonNode> file : files.properties()) {
        // Whole or not at all: running clients read it again when it changes.
        Path fresh = directory.resolve("." + file.getKey() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, permissions("rw-------"));
        Files.writeString(fresh, file.getValue().asString());
        Files.move(fresh, directory.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new CommandFailed("the credentials cannot be written to " + directory + ": " + e, e);
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }
}
