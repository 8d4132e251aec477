package io.directfaas.standalone.node;

/**
 * Users and groups of this node that do not belong to a slot, see {@link
 * io.directfaas.standalone.node.net.Slot}. No name is given to them: a number is enough to own
 * files.
 */
public final class Users {
  /** User and group of the queue worker. */
  static final int QUEUE_WORKER = 209_000;

  /** The group of those who may hand calls to the queue worker: sidecars and the ingress. */
  public static final int QUEUE_CALLERS = 209_001;

  private Users() {}
}
