package io.directfaas.xds.resources;

/**
 * Where a sidecar listens in its replica's network, and where its function does.
 *
 * @param outbound takes the function's own calls, on the loopback
 * @param inbound takes the calls of others on the mtls data path
 * @param function the function's own port
 */
public record SidecarPorts(int outbound, int inbound, int function) {
  /** Every replica has a network of its own, so all have the same ports. */
  public static final SidecarPorts STANDARD = new SidecarPorts(15001, 15006, 8080);
}
