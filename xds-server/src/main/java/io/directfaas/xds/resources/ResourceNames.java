package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;

/** The names of resources; also those of Envoy's statistics per cluster. */
public final class ResourceNames {
  public static final String OUTBOUND = "outbound";
  public static final String INGRESS = "ingress";
  public static final String GATEWAY = "gateway-lite";

  private ResourceNames() {}

  /** A function's cluster, and its endpoints: {@code fn/<ns>/<fn>}. */
  public static String cluster(FunctionRef function) {
    return "fn/" + function;
  }

  /** The routes of a function's sidecars: {@code outbound/<ns>/<fn>}. */
  public static String routes(FunctionRef function) {
    return OUTBOUND + "/" + function;
  }
}
