package io.directfaas.gateway.store;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.FunctionRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored function.
 *
 * @param ref its name
 * @param id its id in the graph
 * @param generation of the spec: larger than that of every spec stored before
 * @param replicas how many should run
 * @param spec what to run; null when it has been deleted and only waits for its last replica to be
 *     gone, because a replica in the graph needs its function there
 * @param createdAt when it was deployed
 */
public record FunctionRow(
    FunctionRef ref,
    int id,
    long generation,
    int replicas,
    @Nullable FunctionSpec spec,
    Instant createdAt) {
  public boolean leaving() {
    return spec == null;
  }
}
