package io.directfaas.xds.resources;

import org.jspecify.annotations.Nullable;

/**
 * Where outside callers enter, and where what is not a function call goes.
 *
 * @param address the address the ingress listens on
 * @param port the port it listens on
 * @param networkNamespace the file of the network namespace to listen in, or null for the ingress's
 *     own
 * @param gatewaySocket the unix socket of the control API
 * @param defaultNamespace the namespace of functions called by a bare name from outside
 * @param queueSocket the unix socket of the queue worker, which the sidecars use as well; null
 *     where there are no asynchronous calls
 */
public record IngressConfig(
    String address,
    int port,
    @Nullable String networkNamespace,
    String gatewaySocket,
    String defaultNamespace,
    @Nullable String queueSocket) {

  /** Without asynchronous calls. */
  public IngressConfig(
      String address,
      int port,
      @Nullable String networkNamespace,
      String gatewaySocket,
      String defaultNamespace) {
    this(address, port, networkNamespace, gatewaySocket, defaultNamespace, null);
  }
}
