package io.directfaas.gateway.owner;

import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.InvalidGraphException;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Violation;
import io.directfaas.graph.watch.Urgency;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Turns what a provider reports into changes of the graph. */
final class ReportedReplicas implements ReplicaSink {
  private final GraphOwner owner;

  ReportedReplicas(GraphOwner owner) {
    this.owner = owner;
  }

  @Override
  public CompletionStage<Long> observed(KnownReplica replica) {
    return report(
        draft -> {
          if (draft.replica(replica.replica().id()).filter(replica::equals).isPresent()) {
            return;
          }
          requireWelcome(draft, replica);
          draft.put(replica);
        });
  }

  /**
   * The stage completes when the fabric has let go of the replica, too, so that the provider may
   * give its address to another one.
   */
  @Override
  public CompletionStage<Long> gone(String replicaId) {
    return report(draft -> draft.replica(replicaId).ifPresent(draft::removeReplica));
  }

  private CompletionStage<Long> report(Consumer<Draft> edit) {
    try {
      Committed committed = owner.change(Urgency.NORMAL, edit);
      return owner.whenInForce(committed).thenApply(progress -> committed.revision());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A deleted function's replicas may finish, and nothing else. */
  private static void requireWelcome(Draft draft, KnownReplica replica) {
    FunctionRef ref = replica.replica().function();
    boolean welcome =
        ref.isIngress()
            || draft.function(ref).isPresent()
            || (replica.replica().state() == ReplicaState.DRAINING
                && draft.replica(replica.replica().id()).isPresent());
    if (!welcome) {
      throw new InvalidGraphException(
          List.of(
              new Violation(
                  "replica " + replica.replica().id() + " function",
                  "function " + ref + " is not deployed")));
    }
  }
}
