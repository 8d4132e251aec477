package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Replica;

/** A replica of the graph and the way to it. */
sealed interface Placed permits Plugged, Remote {
  Replica replica();

  /** Its function's id. */
  int functionId();

  /** Its tenant's id. */
  int tenantId();
}
