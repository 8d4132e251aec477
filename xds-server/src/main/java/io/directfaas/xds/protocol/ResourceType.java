package io.directfaas.xds.protocol;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A kind of resource, as far as the protocol treats kinds differently. {@link #SERVED} is the
 * registry: a further kind is one more entry there, and no other code of the protocol or of the
 * streams knows kinds by name.
 *
 * @param url the type URL
 * @param place where in the order of additions and removals the kind stands
 * @param wildcard whether a client may ask for all resources of the type without naming them; the
 *     specification grants it to listeners and clusters only
 * @param fullState whether a state-of-the-world response must hold every resource of the type,
 *     because what is left out counts as removed
 * @param namespaces whether a name also stands for every resource whose name continues it after a
 *     slash; so with virtual hosts, {@code <route configuration>/<host>}
 * @param known whether the server knows the type at all
 */
public record ResourceType(
    String url,
    Place place,
    boolean wildcard,
    boolean fullState,
    boolean namespaces,
    boolean known) {
  /**
   * Who refers to whom: a kind may refer to those of earlier places, so additions take effect in
   * this order and removals in its reverse.
   */
  public enum Place {
    /** Refers to nothing and is referred to by nothing. */
    ANYWHERE,
    CLUSTER,
    /** Without it a cluster, or a listener, is not usable. */
    PART_OF_CLUSTER,
    LISTENER,
    /** Named by a listener, which waits for it. */
    PART_OF_LISTENER,
    ROUTE,
    PART_OF_ROUTE
  }

  private static final String PREFIX = "type.googleapis.com/envoy.";

  public static final ResourceType CLUSTER = full("config.cluster.v3.Cluster", Place.CLUSTER);
  public static final ResourceType ENDPOINT =
      named("config.endpoint.v3.ClusterLoadAssignment", Place.PART_OF_CLUSTER);
  public static final ResourceType SECRET =
      named("extensions.transport_sockets.tls.v3.Secret", Place.PART_OF_CLUSTER);
  public static final ResourceType LISTENER = full("config.listener.v3.Listener", Place.LISTENER);

  /** Filters of listeners that are discovered apart from them: ECDS. */
  public static final ResourceType EXTENSION_CONFIG =
      named("config.core.v3.TypedExtensionConfig", Place.PART_OF_LISTENER);

  public static final ResourceType ROUTE = named("config.route.v3.RouteConfiguration", Place.ROUTE);

  /**
   * Envoy begins with a wildcard, whatever the specification says, and names hosts later if at all.
   */
  public static final ResourceType VIRTUAL_HOST =
      new ResourceType(
          PREFIX + "config.route.v3.VirtualHost", Place.PART_OF_ROUTE, true, false, true, true);

  public static final ResourceType RUNTIME = named("service.runtime.v3.Runtime", Place.ANYWHERE);

  /** The types served, in the order in which additions may take effect without a gap. */
  public static final List<ResourceType> SERVED =
      List.of(CLUSTER, ENDPOINT, SECRET, LISTENER, EXTENSION_CONFIG, ROUTE, VIRTUAL_HOST, RUNTIME);

  private static final Map<String, ResourceType> BY_URL =
      SERVED.stream().collect(Collectors.toMap(ResourceType::url, Function.identity()));

  private static ResourceType full(String message, Place place) {
    return new ResourceType(PREFIX + message, place, true, true, false, true);
  }

  private static ResourceType named(String message, Place place) {
    return new ResourceType(PREFIX + message, place, false, false, false, true);
  }

  /** The type of this URL; one without resources where the URL means nothing to us. */
  public static ResourceType of(String url) {
    ResourceType served = BY_URL.get(url);
    return served != null
        ? served
        : new ResourceType(url, Place.ANYWHERE, false, false, false, false);
  }

  /** The URL's last word, such as {@code Cluster}; "other" for all that is not known. */
  public String label() {
    return known ? url.substring(url.lastIndexOf('.') + 1) : "other";
  }
}
