package io.directfaas.gateway.api;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.graph.Annotations;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.denied.DeniedCall;
import io.directfaas.graph.denied.DeniedCallsLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Undeclared calls that were seen, as edges ready to paste. */
@RestController
final class DeniedCallsApi {
  private final GraphOwner owner;
  private final DeniedCallsLog log;
  private final Requests requests;

  DeniedCallsApi(GraphOwner owner, DeniedCallsLog log, Requests requests) {
    this.owner = owner;
    this.log = log;
    this.requests = requests;
  }

  /**
   * @param attempt what was tried last
   * @param seenBy the layer that turned it away
   * @param attempts how often it was seen; the fabric samples, so there may have been more
   * @param declare the annotations that would allow it, each with its whole new value
   */
  record DeniedView(
      String caller,
      String callee,
      String attempt,
      String seenBy,
      long attempts,
      String lastSeen,
      List<Declaration> declare) {}

  record Declaration(String function, String annotation, String value) {}

  /**
   * Of all namespaces, or of those calls that start or end in one. What has become an edge
   * meanwhile, and what functions tried that are gone, is left out.
   */
  @GetMapping("/system/calls/denied")
  ResponseEntity<byte[]> denied(@RequestParam(required = false) @Nullable String namespace) {
    GraphState state = owner.state();
    Graph graph = state.graph();
    String chosen =
        namespace == null || namespace.isEmpty() ? "" : requests.namespace(namespace, null);
    if (!chosen.isEmpty() && graph.tenant(chosen).isEmpty()) {
      throw ApiException.invalid("namespace", "there is no namespace '" + chosen + "'");
    }
    log.keepOnly(graph.tenants().keySet());
    return Answers.json(
        log.entries().stream()
            .filter(entry -> concerns(entry.call(), chosen))
            .filter(entry -> isStillDenied(graph, entry.call()))
            .map(entry -> view(state, entry))
            .toList());
  }

  private static boolean concerns(DeniedCall call, String namespace) {
    return namespace.isEmpty()
        || call.caller().namespace().equals(namespace)
        || call.callee().namespace().equals(namespace);
  }

  private static boolean isStillDenied(Graph graph, DeniedCall call) {
    return graph.function(call.caller()).isPresent()
        && graph.function(call.callee()).isPresent()
        && graph.edge(call.caller(), call.callee()).isEmpty();
  }

  private static DeniedView view(GraphState state, DeniedCallsLog.Entry entry) {
    DeniedCall call = entry.call();
    return new DeniedView(
        call.caller().toString(),
        call.callee().toString(),
        call.attempt(),
        entry.reporter(),
        call.count(),
        call.lastSeen().toString(),
        declarations(state, call.caller(), call.callee()));
  }

  private static List<Declaration> declarations(
      GraphState state, FunctionRef caller, FunctionRef callee) {
    if (callee.isIngress()) {
      return List.of();
    }
    if (caller.isIngress()) {
      return List.of(new Declaration(callee.toString(), Annotations.PUBLIC, "true"));
    }
    boolean sameTenant = caller.namespace().equals(callee.namespace());
    List<Declaration> needed = new ArrayList<>();
    add(
        state,
        caller,
        Annotations.CALLS,
        sameTenant ? callee.name() : callee.toString(),
        callee.toString(),
        needed);
    if (!sameTenant) {
      add(
          state,
          callee,
          Annotations.ALLOW_CALLERS,
          caller.toString(),
          caller.namespace() + "/*",
          needed);
    }
    return needed;
  }

  /** Nothing where the annotation already says it, in either form. */
  private static void add(
      GraphState state,
      FunctionRef of,
      String annotation,
      String value,
      String otherForm,
      List<Declaration> needed) {
    String present =
        state
            .function(of)
            .map(DeployedFunction::spec)
            .map(FunctionSpec::annotations)
            .map(annotations -> annotations.get(annotation))
            .map(String::strip)
            .orElse("");
    List<String> declared = List.of(present.split("\\s*,\\s*"));
    if (!declared.contains(value) && !declared.contains(otherForm)) {
      needed.add(
          new Declaration(
              of.toString(), annotation, present.isEmpty() ? value : present + ", " + value));
    }
  }
}
