package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;
import java.util.List;
import java.util.Optional;

/** How resources are called. */
public final class ResourceNames {
  public static final String OUTBOUND = "outbound";
  public static final String INBOUND = "inbound";
  public static final String INGRESS = "ingress";
  public static final String GATEWAY = "gateway-lite";
  private static final String CLUSTERS = "fn/";
  private static final String PROXYLESS = "grpc/";

  /** A sidecar's way to its own function. */
  public static final String LOCAL = "local";

  /** The secret with a function's own certificate and key. */
  public static final String IDENTITY = "identity";

  /** The secret with the roots that peers' certificates are checked against. */
  public static final String TRUST = "trust";

  /** The ingress's virtual host for all that is no public function. */
  static final String INGRESS_REST = routes(FunctionRef.INGRESS) + "/rest";

  private ResourceNames() {}

  /**
   * A function's cluster: {@code fn/<ns>/<fn>}; its endpoints on the fabric have this name, too.
   */
  public static String cluster(FunctionRef function) {
    return CLUSTERS + function;
  }

  /** Route, cluster and endpoints of a function for gRPC clients: {@code grpc/<ns>/<fn>}. */
  public static String proxyless(FunctionRef function) {
    return PROXYLESS + function;
  }

  /**
   * The function whose cluster this is, an Envoy's or a gRPC client's; empty for other clusters.
   */
  public static Optional<FunctionRef> functionOfCluster(String cluster) {
    for (String prefix : List.of(CLUSTERS, PROXYLESS)) {
      int slash = cluster.indexOf('/', prefix.length());
      if (cluster.startsWith(prefix) && slash > 0) {
        return Optional.of(
            new FunctionRef(
                cluster.substring(prefix.length(), slash), cluster.substring(slash + 1)));
      }
    }
    return Optional.empty();
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

  /**
   * The ingress's virtual host for a public function: {@code <routes>/<fn>.<ns>}. A client that
   * asks for the virtual hosts of its routes means the names with one more part.
   */
  static String ingressHost(FunctionRef function) {
    return routes(FunctionRef.INGRESS) + "/" + function.name() + "." + function.namespace();
  }

  /** The route from a function's sidecar to itself: {@code inbound/<ns>/<fn>}. */
  public static String inboundRoutes(FunctionRef function) {
    return INBOUND + "/" + function;
  }
}
