package io.directfaas.standalone.node.function;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.Violation;
import io.directfaas.standalone.node.function.ImageAliases.Alias;
import io.directfaas.standalone.node.function.ImageAliases.Mode;
import java.util.List;
import java.util.Optional;

/**
 * What a deployment runs.
 *
 * @param mode how it is run
 * @param line the command, in one line
 */
record FunctionCommand(Mode mode, String line) {
  /** The image name that stands for an HTTP server of this machine. */
  static final String LOCAL_HTTP = "local/http";

  /** The image's own command, or the deployment's if it names one; empty if there is neither. */
  static Optional<FunctionCommand> of(FunctionSpec spec, ImageAliases aliases) {
    String own = spec.envProcess();
    Optional<Alias> alias = aliases.of(spec.image());
    boolean http =
        spec.image().equals(LOCAL_HTTP) || alias.map(a -> a.mode() == Mode.HTTP).orElse(false);
    Optional<String> line =
        own != null && !own.isBlank() ? Optional.of(own) : alias.map(Alias::command);
    return line.map(l -> new FunctionCommand(http ? Mode.HTTP : Mode.CLASSIC, l.strip()));
  }

  static Violation missing(FunctionSpec spec) {
    return new Violation(
        "envProcess",
        "image '%s' is not known on this machine, so it takes a command to run"
            .formatted(spec.image()));
  }

  /** As OpenFaaS splits it: at spaces, without quoting. */
  List<String> words() {
    return List.of(line.split("\\s+"));
  }
}
