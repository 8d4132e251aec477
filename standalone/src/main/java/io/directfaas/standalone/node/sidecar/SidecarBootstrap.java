package io.directfaas.standalone.node.sidecar;

import io.directfaas.graph.FunctionRef;
import java.nio.file.Path;

/** Writes what an Envoy needs to know before it can ask its control plane. */
@FunctionalInterface
public interface SidecarBootstrap {
  /**
   * An Envoy bootstrap, as JSON, for one start of it.
   *
   * @param nodeId its xDS node id, the replica's id
   * @param function whose replica it serves
   * @param controlSocket the unix socket of its control plane
   * @param adminSocket where its admin interface is to listen
   */
  String json(String nodeId, FunctionRef function, Path controlSocket, Path adminSocket);
}
