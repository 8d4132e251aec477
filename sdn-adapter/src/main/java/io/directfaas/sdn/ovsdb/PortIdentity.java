package io.directfaas.sdn.ovsdb;

import io.directfaas.graph.Graph;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.pipeline.Port;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which replica a port is, by the external_ids of its interface. The first of these that is there
 * and names a replica counts:
 *
 * <ol>
 *   <li>{@code directfaas-replica}: the replica's id; nothing else is asked then;
 *   <li>{@code iface-id} (OVN, kube-ovn): the replica's id, or {@code POD.NAMESPACE};
 *   <li>{@code pod-name} and {@code pod-namespace} (Antrea), or {@code pod_name} and {@code
 *       pod_namespace} (kube-ovn): the replica's id and tenant;
 *   <li>{@code container-id} (Antrea): the replica's id;
 *   <li>{@code contNetns} (ovs-cni): the network namespace, whose last path element is the
 *       replica's id;
 *   <li>{@code attached-mac} or {@code mac}: the only replica with that hardware address.
 * </ol>
 *
 * <p>Whichever it is: where {@code attached-mac} or {@code mac} is given, it must be the replica's;
 * from the second on, {@code ip-address} or {@code ip} must be, too. A port that contradicts the
 * graph is no one's.
 */
public final class PortIdentity {
  static final String REPLICA_KEY = "directfaas-replica";
  private static final String[] MAC_KEYS = {"attached-mac", "mac"};
  private static final String[] IP_KEYS = {"ip-address", "ip"};

  /** Fits no replica, so that a mistyped address opens nothing. */
  private static final MacAddress NO_ONES = new MacAddress(0);

  private PortIdentity() {}

  /**
   * Replica id to port. Of two ports that claim one replica the one with the higher number, that is
   * the later one, counts.
   *
   * @param graphs oldest first; a replica of any of them can be found
   */
  public static Map<String, Port> resolve(List<PortClaim> claims, List<Graph> graphs) {
    Map<String, Port> ports = new HashMap<>();
    Function<MacAddress, Optional<Replica>> byMac = byMac(graphs);
    for (PortClaim claim : claims) {
      MacAddress mac = mac(claim.id(MAC_KEYS));
      String direct = claim.id(REPLICA_KEY);
      String replicaId = direct.isEmpty() ? byOthersKeys(claim, mac, graphs, byMac) : direct;
      if (!replicaId.isEmpty()) {
        ports.merge(
            replicaId, new Port(claim.number(), mac), (a, b) -> a.number() > b.number() ? a : b);
      }
    }
    return Map.copyOf(ports);
  }

  private static String byOthersKeys(
      PortClaim claim,
      @Nullable MacAddress mac,
      List<Graph> graphs,
      Function<MacAddress, Optional<Replica>> byMac) {
    String namespace = claim.id("pod-namespace", "pod_namespace");
    String iface = claim.id("iface-id");
    int dot = iface.indexOf('.');
    Optional<Replica> found = named(graphs, iface, "");
    if (found.isEmpty() && dot > 0) {
      found = named(graphs, iface.substring(0, dot), iface.substring(dot + 1));
    }
    if (found.isEmpty()) {
      found = named(graphs, claim.id("pod-name", "pod_name"), namespace);
    }
    if (found.isEmpty()) {
      found = named(graphs, claim.id("container-id"), namespace);
    }
    if (found.isEmpty()) {
      String path = claim.id("contNetns");
      found = named(graphs, path.substring(path.lastIndexOf('/') + 1), namespace);
    }
    if (found.isEmpty() && mac != null) {
      found = byMac.apply(mac);
    }
    return found
        .filter(replica -> mac == null || mac.equals(replica.mac()))
        .filter(replica -> hasAddress(replica, claim.id(IP_KEYS)))
        .map(Replica::id)
        .orElse("");
  }

  private static Optional<Replica> named(List<Graph> graphs, String id, String namespace) {
    if (id.isEmpty()) {
      return Optional.empty();
    }
    for (Graph graph : graphs.reversed()) {
      Replica replica = graph.replicas().get(id);
      if (replica != null
          && (namespace.isEmpty() || namespace.equals(replica.function().namespace()))) {
        return Optional.of(replica);
      }
    }
    return Optional.empty();
  }

  /** A list, in the case of two address families. */
  private static boolean hasAddress(Replica replica, String addresses) {
    if (addresses.isEmpty()) {
      return true;
    }
    for (String address : addresses.split(",", -1)) {
      int slash = address.indexOf('/');
      String bare = slash < 0 ? address : address.substring(0, slash);
      if (bare.strip().equals(replica.ip().toString())) {
        return true;
      }
    }
    return false;
  }

  /** Built only if it is asked, since it reads the whole graph. */
  private static Function<MacAddress, Optional<Replica>> byMac(List<Graph> graphs) {
    Map<MacAddress, List<Replica>> index = new HashMap<>();
    return mac -> {
      if (index.isEmpty() && !graphs.isEmpty()) {
        for (Replica replica : graphs.getLast().replicas().values()) {
          index.computeIfAbsent(replica.mac(), m -> new ArrayList<>(1)).add(replica);
        }
      }
      List<Replica> found = index.getOrDefault(mac, List.of());
      return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    };
  }

  private static @Nullable MacAddress mac(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return MacAddress.parse(text);
    } catch (IllegalArgumentException e) {
      return NO_ONES;
    }
  }
}
