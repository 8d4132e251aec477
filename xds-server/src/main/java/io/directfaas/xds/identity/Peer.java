package io.directfaas.xds.identity;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.WorkloadIdentity;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection, as far as the connection proves it. */
public sealed interface Peer {
  /** The function it is, or acts for: what it may see is what this function may see. */
  FunctionRef function();

  /** The one xDS node id it may have, or null where it may have any. */
  @Nullable String nodeId();

  /**
   * A sidecar of ours, by the socket that only it can open. Changes of the graph wait for it, and
   * status lists it from the moment its socket is there.
   */
  record Sidecar(WorkloadIdentity identity) implements Peer {
    @Override
    public FunctionRef function() {
      return identity.function();
    }

    @Override
    public String nodeId() {
      return identity.nodeId();
    }
  }

  /**
   * A client that came by TCP with a credential. It is told of changes like any other, but none
   * waits for it: it may be anywhere and as slow as it likes.
   *
   * @param nodeId the node id that the credential is bound to, or null
   */
  record Client(FunctionRef function, @Nullable String nodeId) implements Peer {}
}
