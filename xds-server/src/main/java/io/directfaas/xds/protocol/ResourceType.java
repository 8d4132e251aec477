package io.directfaas.xds.protocol;

import java.util.List;

/**
 * A kind of resource, as far as the protocol treats kinds differently.
 *
 * @param url the type URL
 * @param wildcard whether a client may ask for all resources of the type without naming them; the
 *     specification grants it to listeners and clusters only
 * @param fullState whether a state-of-the-world response must hold every resource of the type,
 *     because what is left out counts as removed
 * @param known whether the server has resources of the type at all
 */
public record ResourceType(String url, boolean wildcard, boolean fullState, boolean known) {
  private static final String PREFIX = "type.googleapis.com/envoy.";

  public static final ResourceType CLUSTER =
      new ResourceType(PREFIX + "config.cluster.v3.Cluster", true, true, true);
  public static final ResourceType ENDPOINT =
      new ResourceType(PREFIX + "config.endpoint.v3.ClusterLoadAssignment", false, false, true);
  public static final ResourceType SECRET =
      new ResourceType(PREFIX + "extensions.transport_sockets.tls.v3.Secret", false, false, true);
  public static final ResourceType LISTENER =
      new ResourceType(PREFIX + "config.listener.v3.Listener", true, true, true);
  public static final ResourceType ROUTE =
      new ResourceType(PREFIX + "config.route.v3.RouteConfiguration", false, false, true);

  /** The types served, in the order in which additions may take effect without a gap. */
  public static final List<ResourceType> MAKE_ORDER =
      List.of(CLUSTER, ENDPOINT, SECRET, LISTENER, ROUTE);

  /** The type of this URL; one without resources where the URL means nothing to us. */
  public static ResourceType of(String url) {
    for (ResourceType type : MAKE_ORDER) {
      if (type.url.equals(url)) {
        return type;
      }
    }
    return new ResourceType(url, false, false, false);
  }
}
