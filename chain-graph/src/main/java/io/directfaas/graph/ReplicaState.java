package io.directfaas.graph;

/** Where a replica is in its life. The fabric carries all three; only ready ones get new calls. */
public enum ReplicaState {
  STARTING,
  READY,
  /** Finishes the calls it has; gets no new ones. */
  DRAINING
}
