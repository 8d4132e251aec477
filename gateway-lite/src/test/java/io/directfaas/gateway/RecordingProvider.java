package io.directfaas.gateway;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.LogSource;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.gateway.provider.Usage;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Violation;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Runs nothing; remembers what it was told, and reports what a test wants it to. */
final class RecordingProvider implements FunctionProvider {
  static final String REFUSED_IMAGE = "refused";

  final Map<FunctionRef, DesiredFunction> desired = new ConcurrentHashMap<>();
  final List<KnownReplica> known = new CopyOnWriteArrayList<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  final Map<FunctionRef, String> problems = new ConcurrentHashMap<>();
  volatile @Nullable Usage usage;
  volatile @Nullable ListedLogs logs = new ListedLogs();
  private volatile @Nullable ReplicaSink sink;

  @Override
  public String name() {
    return "recording";
  }

  @Override
  public void start(
      ReplicaSink newSink, Collection<DesiredFunction> all, Collection<KnownReplica> replicas) {
    sink = newSink;
    all.forEach(function -> desired.put(function.ref(), function));
    known.addAll(replicas);
    calls.add("start");
  }

  @Override
  public void apply(DesiredFunction function) {
    desired.put(function.ref(), function);
    calls.add("apply " + function.ref());
  }

  @Override
  public void remove(FunctionRef function) {
    desired.remove(function);
    calls.add("remove " + function);
  }

  @Override
  public Optional<String> problem(FunctionRef function) {
    return Optional.ofNullable(problems.get(function));
  }

  @Override
  public Optional<Violation> check(FunctionSpec spec) {
    return spec.image().equals(REFUSED_IMAGE)
        ? Optional.of(new Violation("image", "cannot run here"))
        : Optional.empty();
  }

  @Override
  public Optional<Usage> usage(FunctionRef function) {
    return Optional.ofNullable(usage);
  }

  @Override
  public Optional<LogSource> logs() {
    return Optional.ofNullable(logs);
  }

  DesiredFunction wish(FunctionRef ref) {
    return Objects.requireNonNull(desired.get(ref));
  }

  CompletionStage<Long> report(String function, int slot, ReplicaState state) {
    FunctionRef ref = FunctionRef.parse(function, "openfaas-fn");
    DesiredFunction wish = desired.get(ref);
    return report(replica(ref, slot, state), wish == null ? 0 : wish.generation());
  }

  CompletionStage<Long> report(Replica replica, long generation) {
    return sink().observed(new KnownReplica(replica, generation));
  }

  CompletionStage<Long> gone(String function, int slot) {
    return sink().gone(replicaId(FunctionRef.parse(function, "openfaas-fn"), slot));
  }

  static Replica replica(FunctionRef ref, int slot, ReplicaState state) {
    return new Replica(
        replicaId(ref, slot),
        ref,
        new Ipv4((10 << 24) + (88 << 16) + slot),
        new MacAddress(0x02df00000000L + slot),
        8080,
        "node-1",
        state);
  }

  private static String replicaId(FunctionRef ref, int slot) {
    return ref.name() + "-" + slot;
  }

  private ReplicaSink sink() {
    return Objects.requireNonNull(sink);
  }
}
