package io.directfaas.gateway.provider;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import java.util.Collection;
import java.util.Optional;

/**
 * A platform that runs functions. Works towards what is desired on threads of its own: no method
 * blocks for longer than it takes to note the wish down.
 *
 * <p>A replica's life as reported to the {@link ReplicaSink}: STARTING when its address is known
 * (the fabric opens), READY when it serves (calls go to it), DRAINING when it must leave (no new
 * calls), {@code gone} when its last call has ended. An update brings up a ready replica of the new
 * generation before it drains one of the old.
 */
public interface FunctionProvider {
  /** The platform's name, as in {@code GET /system/info}. */
  String name();

  /**
   * Called once, before any other method. Replicas in {@code known} that still run are adopted
   * without a restart; the others are reported gone.
   *
   * @param sink where to report to
   * @param desired all functions that should run
   * @param known all replicas reported in an earlier life and not gone since
   */
  void start(ReplicaSink sink, Collection<DesiredFunction> desired, Collection<KnownReplica> known);

  /** Adds a function or replaces what is desired of it. */
  void apply(DesiredFunction desired);

  /** Runs it no longer. */
  void remove(FunctionRef function);

  /** Why the function does not have its replicas, such as its last log line; empty when it has. */
  Optional<String> problem(FunctionRef function);

  /**
   * Whether this spec can run here at all, asked before it is accepted.
   *
   * @return what is wrong, naming the field, or empty
   */
  Optional<Violation> check(FunctionSpec spec);

  /** What the function's replicas use; empty where the platform does not know, or not yet. */
  default Optional<Usage> usage(FunctionRef function) {
    return Optional.empty();
  }

  /** Where functions' logs can be read; empty where the platform keeps none. */
  default Optional<LogSource> logs() {
    return Optional.empty();
  }
}
