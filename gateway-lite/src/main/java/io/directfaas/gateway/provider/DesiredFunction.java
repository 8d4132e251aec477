package io.directfaas.gateway.provider;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.FunctionRef;

/**
 * What should run.
 *
 * @param spec what to run
 * @param replicas how many of it, 0 or more
 * @param generation grows with every change of the spec, not with scaling; a replica of an earlier
 *     generation is to be replaced
 */
public record DesiredFunction(FunctionSpec spec, int replicas, long generation) {
  public FunctionRef ref() {
    return spec.ref();
  }
}
