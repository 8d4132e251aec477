package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;

/** How resources are called. */
public final class ResourceNames {
  public static final String OUTBOUND = "outbound";
  public static final String INBOUND = "inbound";
  public static final String INGRESS = "ingress";
  public static final String GATEWAY = "gateway-lite";

  /** A sidecar's way to its own function. */
  public static final String LOCAL = "local";

  /** The secret with a function's own certificate and key. */
  public static final String IDENTITY = "identity";

  /** The secret with the roots that peers' certificates are checked against. */
  public static final String TRUST = "trust";

  private ResourceNames() {}

  /**
   * A function's cluster: {@code fn/<ns>/<fn>}; its endpoints on the fabric have this name, too.
   */
  public static String cluster(FunctionRef function) {
    return "fn/" + function;
  }

  /**
   * A function's endpoints on the mtls data path: {@code mtls/<ns>/<fn>}. Of another name than
   * those on the fabric, so that a cluster changes its protocol and its endpoints at once.
   */
  public static String mtlsEndpoints(FunctionRef function) {
    return "mtls/" + function;
  }

  /** The routes of a function's sidecars: {@code outbound/<ns>/<fn>}. */
  public static String routes(FunctionRef function) {
    return OUTBOUND + "/" + function;
  }

  /** The route from a function's sidecar to itself: {@code inbound/<ns>/<fn>}. */
  public static String inboundRoutes(FunctionRef function) {
    return INBOUND + "/" + function;
  }
}
