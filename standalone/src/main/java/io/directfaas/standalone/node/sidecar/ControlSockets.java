package io.directfaas.standalone.node.sidecar;

import io.directfaas.graph.FunctionRef;
import java.io.IOException;
import java.nio.file.Path;

/** Opens the control plane's end of sidecars' sockets. */
@FunctionalInterface
public interface ControlSockets {
  /**
   * Listens on a unix socket. Who connects there is that sidecar, whatever it says of itself; so
   * only that user may be able to connect. Replaces a socket that an earlier life left there.
   *
   * @param path where to listen, in a directory that exists
   * @param nodeId the replica's id
   * @param function whose replica it is
   * @param uid owner of the socket
   * @param gid group of the socket
   * @return closes the socket and its connections
   * @throws IOException if it cannot listen there
   */
  AutoCloseable open(Path path, String nodeId, FunctionRef function, int uid, int gid)
      throws IOException;
}
