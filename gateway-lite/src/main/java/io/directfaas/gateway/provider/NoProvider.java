package io.directfaas.gateway.provider;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import java.util.Collection;
import java.util.Optional;

/**
 * Stands in where there is no platform: functions are accepted and kept, and run as soon as
 * gateway-lite is started with a provider.
 */
public final class NoProvider implements FunctionProvider {
  @Override
  public String name() {
    return "none";
  }

  /** Nothing runs here, so whatever ran in an earlier life is gone. */
  @Override
  public void start(
      ReplicaSink sink, Collection<DesiredFunction> desired, Collection<KnownReplica> known) {
    known.forEach(replica -> sink.gone(replica.replica().id()));
  }

  @Override
  public void apply(DesiredFunction desired) {}

  @Override
  public void remove(FunctionRef function) {}

  @Override
  public Optional<String> problem(FunctionRef function) {
    return Optional.of("no provider");
  }

  @Override
  public Optional<Violation> check(FunctionSpec spec) {
    return Optional.empty();
  }
}
