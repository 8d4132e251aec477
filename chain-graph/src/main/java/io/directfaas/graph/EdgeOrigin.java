package io.directfaas.graph;

/** Why an edge exists. */
public enum EdgeOrigin {
  /** The caller's annotation {@code directfaas.io/calls}. */
  CALLS,
  /** A declared chain. */
  CHAIN,
  /** The ingress may call every public function. */
  PUBLIC,
  /** The tenant's policy allows every call inside it. */
  POLICY
}
