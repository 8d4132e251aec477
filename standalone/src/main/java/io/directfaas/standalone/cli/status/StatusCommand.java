package io.directfaas.standalone.cli.status;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.InstanceOptions;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.status.StatusReport.Source;
import io.directfaas.standalone.cli.status.StatusReport.Sources;
import io.directfaas.standalone.cli.term.Terminal;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Shows what runs, and what lags and why. */
@Command(
    name = "status",
    description = {
      "Shows the graph's revision, functions and replicas, sidecars and switches.",
      "Exit code 0 when every component answers, 1 when one does not."
    })
public final class StatusCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  public StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Stack stack = options.stack();
    Sources sources = ask(stack);
    StatusReport report = StatusReport.of(sources, stack.layout());
    if (json) {
      terminal.line(report.json().toPrettyString());
    } else {
      new StatusView(terminal).print(report);
    }
    boolean allAnswer =
        sources.graph().answer().isPresent()
            && sources.xds().answer().isPresent()
            && sources.sdn().answer().isPresent()
            && sources.queue().answer().isPresent();
    return allAnswer ? 0 : 1;
  }

  static Sources ask(Stack stack) {
    Source<GraphSnapshot> graph = attempt(() -> stack.gateway().graph());
    // Where there is no graph, its own problem says it all.
    Source<JsonNode> progress =
        graph.answer().isEmpty()
            ? Source.down("")
            : attempt(() -> stack.gateway().revision(graph.answer().get().revision()));
    return new Sources(
        graph,
        progress,
        attempt(() -> status(stack.xds())),
        attempt(() -> status(stack.sdn())),
        attempt(() -> status(stack.queue())));
  }

  private static JsonNode status(HttpCaller component) {
    Answer answer = component.get("/status", TIMEOUT);
    if (!answer.ok()) {
      throw new Unavailable(component.base().getAuthority() + " answered " + answer.status());
    }
    return answer.json();
  }

  private static <T> Source<T> attempt(Supplier<T> question) {
    try {
      return Source.of(question.get());
    } catch (Unavailable | CommandFailed e) {
      return Source.down(CommandFailed.reason(e));
    }
  }
}
