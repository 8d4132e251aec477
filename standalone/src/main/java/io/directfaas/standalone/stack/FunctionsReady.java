package io.directfaas.standalone.stack;

import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.graph.Replica;
import java.util.List;

/** Whether what is deployed runs. */
final class FunctionsReady {
  private FunctionsReady() {}

  /** The functions that miss replicas though nothing is known to be wrong with them. */
  static List<String> late(GraphState state, FunctionProvider provider) {
    return state.desired().stream()
        .filter(desired -> ready(state, desired) < desired.replicas())
        .map(DesiredFunction::ref)
        .filter(ref -> provider.problem(ref).isEmpty())
        .map(Object::toString)
        .toList();
  }

  private static long ready(GraphState state, DesiredFunction desired) {
    return state.graph().replicasOf(desired.ref()).stream().filter(Replica::isReady).count();
  }
}
