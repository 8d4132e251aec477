package io.directfaas.xds;

import java.io.IOException;
import java.nio.file.Path;

/** Opens the sockets on which sidecars of this machine reach the control plane. */
public interface SidecarListeners {
  /**
   * Serves one sidecar on a unix socket of its own. The socket is the identity: who can open it is
   * that workload, and a stream whose node claims to be another one is refused. A stale socket file
   * is replaced.
   *
   * @param unixSocket where; its directory must exist and be closed to other users
   * @param identity who is on the other end
   * @param ownerUid the user that may open the socket, it alone
   * @param ownerGid that user's group
   * @return closes the socket and every stream on it, and removes its file
   * @throws IOException if the socket cannot be made
   */
  AutoCloseable open(Path unixSocket, WorkloadIdentity identity, int ownerUid, int ownerGid)
      throws IOException;
}
