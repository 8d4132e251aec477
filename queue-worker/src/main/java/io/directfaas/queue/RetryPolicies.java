package io.directfaas.queue;

/** Knows how the calls of a function are to be retried. */
interface RetryPolicies {
  /**
   * @param function {@code namespace/name}
   */
  RetryPolicy of(String function);

  /** Whether the function is still deployed and open to the worker; true where nobody knows. */
  boolean callable(String function);

  /** Whether the function is deployed and known to be closed to the worker. */
  boolean closed(String function);
}
