package io.directfaas.gateway.api;

import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.RevisionProgress;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The graph, and how far its revisions have got. */
@RestController
final class GraphApi {
  private final GraphOwner owner;
  private final FunctionProvider provider;
  private final Requests requests;

  GraphApi(GraphOwner owner, FunctionProvider provider, Requests requests) {
    this.owner = owner;
    this.provider = provider;
    this.requests = requests;
  }

  /** The whole graph, or what of it takes part in one namespace. */
  @GetMapping("/system/graph")
  ResponseEntity<byte[]> graph(@RequestParam(required = false) @Nullable String namespace) {
    Graph graph = owner.state().graph();
    if (namespace == null || namespace.isEmpty()) {
      return Answers.json(GraphView.of(graph, tenant -> true, provider::problem));
    }
    String checked = requests.namespace(namespace, null);
    if (graph.tenant(checked).isEmpty()) {
      throw ApiException.invalid("namespace", "there is no namespace '" + checked + "'");
    }
    return Answers.json(GraphView.of(graph, checked::equals, provider::problem));
  }

  @GetMapping("/system/revisions/{revision}")
  ResponseEntity<byte[]> revision(@PathVariable String revision) {
    long number;
    try {
      number = Long.parseLong(revision);
    } catch (NumberFormatException e) {
      throw ApiException.invalid("revision", "'" + revision + "' is not a number");
    }
    long current = owner.state().graph().revision();
    if (number < 1 || number > current) {
      throw new ApiException(
          HttpStatus.NOT_FOUND, "revision: " + number + " is not between 1 and " + current);
    }
    RevisionProgress progress = owner.progress(number);
    return Answers.json(progress);
  }
}
