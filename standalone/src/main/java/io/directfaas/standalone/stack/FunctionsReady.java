package io.directfaas.standalone.stack;

import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.provider.FunctionProvider;
import java.util.List;

/** Whether what is deployed runs. */
final class FunctionsReady {
  private FunctionsReady() {}

  /** The functions that miss replicas though nothing is known to be wrong with them. */
  static List<String> late(GraphState state, FunctionProvider provider) {
    return state.functions().stream()
        .filter(function -> function.ready() < function.replicas())
        .map(DeployedFunction::ref)
        .filter(ref -> provider.problem(ref).isEmpty())
        .map(Object::toString)
        .toList();
  }
}
