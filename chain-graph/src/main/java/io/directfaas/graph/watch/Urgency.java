package io.directfaas.graph.watch;

/** In which order a change goes through the layers. */
public enum Urgency {
  /** Make before break: the fabric opens, the mesh moves, the fabric closes. */
  NORMAL,
  /** The fabric closes first and at once; the mesh follows. */
  REVOKE
}
