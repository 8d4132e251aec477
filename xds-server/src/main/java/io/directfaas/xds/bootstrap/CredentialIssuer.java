package io.directfaas.xds.bootstrap;

import io.directfaas.graph.FunctionRef;
import org.jspecify.annotations.Nullable;

/** Issues credentials to clients that come by TCP. */
public interface CredentialIssuer {
  /**
   * Fresh credentials, or null where the server does not serve TCP or cannot issue any.
   *
   * @param nodeId what the token is to be bound to, or null for any node id
   */
  @Nullable ClientCredentials issue(FunctionRef function, @Nullable String nodeId);
}
