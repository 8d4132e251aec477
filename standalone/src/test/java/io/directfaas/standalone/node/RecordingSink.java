package io.directfaas.standalone.node;

import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.ReplicaState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Remembers what a provider reports; every change is live at once. */
final class RecordingSink implements ReplicaSink {
  private final Map<String, KnownReplica> known = new LinkedHashMap<>();
  private final List<String> history = new ArrayList<>();
  private long revision;

  @Override
  public synchronized CompletionStage<Long> observed(KnownReplica replica) {
    known.put(replica.replica().id(), replica);
    history.add(replica.replica().id() + " " + replica.replica().state());
    return CompletableFuture.completedFuture(++revision);
  }

  @Override
  public synchronized CompletionStage<Long> gone(String replicaId) {
    known.remove(replicaId);
    history.add(replicaId + " gone");
    return CompletableFuture.completedFuture(++revision);
  }

  synchronized List<KnownReplica> known() {
    return List.copyOf(known.values());
  }

  synchronized List<KnownReplica> of(FunctionRef function) {
    return known.values().stream().filter(k -> k.replica().function().equals(function)).toList();
  }

  synchronized List<KnownReplica> ready(FunctionRef function) {
    return of(function).stream().filter(k -> k.replica().state() == ReplicaState.READY).toList();
  }

  synchronized List<String> history() {
    return List.copyOf(history);
  }
}
