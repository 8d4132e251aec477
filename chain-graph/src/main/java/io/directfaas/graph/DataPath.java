package io.directfaas.graph;

/** How an edge is carried. */
public enum DataPath {
  /** Caller's sidecar to replica; the switch vouches for the sender. */
  FABRIC,
  /** Caller's sidecar to callee's sidecar, both with SPIFFE certificates. */
  MTLS
}
