package io.directfaas.graph;

/** Which calls a tenant allows among its own functions. */
public enum EdgePolicy {
  /** Only declared ones. */
  EDGES,
  /** Any. */
  TENANT
}
