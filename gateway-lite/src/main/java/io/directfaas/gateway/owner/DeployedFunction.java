package io.directfaas.gateway.owner;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.graph.FunctionRef;
import java.time.Instant;

/**
 * A function that is deployed.
 *
 * @param spec what was deployed
 * @param generation of the spec
 * @param replicas how many should run
 * @param ready how many are ready
 * @param createdAt when it was deployed first
 */
public record DeployedFunction(
    FunctionSpec spec, long generation, int replicas, int ready, Instant createdAt) {
  public FunctionRef ref() {
    return spec.ref();
  }

  DesiredFunction desired() {
    return new DesiredFunction(spec, replicas, generation);
  }
}
