package io.directfaas.gateway.provider;

import java.util.concurrent.CompletionStage;

/**
 * Where a provider reports what runs. gateway-lite stores it, makes a revision of it and drives
 * that through mesh and fabric. Safe for use by several threads.
 */
public interface ReplicaSink {
  /**
   * A replica was added or changed state. Reporting what is known already does nothing.
   *
   * @return completes with the revision once it is live in every layer; exceptionally if the
   *     replica breaks a rule of the graph or its function is not deployed (any more)
   */
  CompletionStage<Long> observed(KnownReplica replica);

  /**
   * A replica is gone. Unknown ids are fine.
   *
   * @return completes with the revision once it is live in every layer
   */
  CompletionStage<Long> gone(String replicaId);
}
