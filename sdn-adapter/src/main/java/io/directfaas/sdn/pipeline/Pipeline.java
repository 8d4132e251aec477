package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Graph;
import java.util.List;
import java.util.Map;

/**
 * The tables, whole. Metadata carries source function, destination function and the sender's tenant
 * ({@link Metadata}); every table drops and counts what it does not know. All fields and actions
 * are standard ones, so that every flow can be read back and compared.
 *
 * <pre>
 * table             match                                       then
 * ----------------- ------------------------------------------- ------------------------------------
 *  0 INGRESS        in_port, eth_src, ip_src all the replica's  metadata = function, tenant; goto 1
 *    SpoofGuard                                                 (and VNI, with a tunnel)
 *                   in_port, arp request, all the replica's     metadata = function, tenant; goto 10
 *                   in_port, ip or arp                          drop: spoofed
 *                   in_port                                     drop: unsupported
 *    Tunnels        in_port=tunnel, tun_src, VNI                metadata = function, tenant; goto 1
 *                   in_port=tunnel                              drop: unexpected-tunnel
 *                   -                                           drop: unknown-port
 *  1 DESTINATION    tenant, ip_dst                              metadata += destination; goto 2
 *    Destinations   -                                           drop: undeclared
 *  2 EDGE           source, destination, tcp_dst                goto 4
 *    Edges          tcp +ack, or tcp +rst-syn                   goto 3
 *    Replies        -                                           drop: undeclared
 *  3 REPLY          destination, source, tcp_src                goto 4
 *    Replies        -                                           drop: undeclared
 *  4 METER          in_port=tunnel                              goto 5
 *    Meters         tenant                                      meter: its bandwidth; goto 5
 *                   -                                           goto 5
 *  5 FORWARD        tenant, ip_dst                              set eth_dst, output to port or tunnel
 *    Forwarding     -                                           drop: unreachable
 * 10 ARP_TARGET     tenant, arp_tpa                             answer with its MAC; goto 11
 *    ArpResponder   -                                           drop: undeclared
 * 11 ARP_ASKER      in_port                                     meter: arp; address the answer;
 *    ArpResponder                                               output IN_PORT
 * </pre>
 *
 * <p>Drops as spoofed or undeclared whose sender is known also show us a few of the packets: meter:
 * sample; output CONTROLLER.
 *
 * <p>Size, where several switches share the fabric of the replicas, edges and functions that have
 * to do with this one: O(replicas) in 0 and 11; O(replicas a tenant can reach) in 1, 5 and 10;
 * O(edges) in 2 and 3; O(functions) for the drops that say who.
 */
public final class Pipeline {
  private static final List<Feature> FEATURES =
      List.of(
          new SpoofGuard(),
          new Tunnels(),
          new Destinations(),
          new Edges(),
          new Replies(),
          new Meters(),
          new Forwarding(),
          new ArpResponder(),
          new Undeclared());

  private Pipeline() {}

  /**
   * What one graph wants of one switch.
   *
   * @param flows every flow, none of them twice
   * @param meters every meter that the flows use, by id
   * @param waitingForPort replicas of the graph that are not known to be plugged in, or whose port
   *     says another hardware address
   * @param ambiguousAddresses addresses that more than one replica within a tenant's reach has
   * @param unknownNodes nodes of replicas that should be reached, but whose address is not known
   * @param edgeFlows the flows of edges by what they are made of, for the next to be compiled
   * @param localFunctions ids of the functions with a replica plugged in here
   */
  public record Compiled(
      Map<Flow.Key, Flow> flows,
      Map<Integer, Meter> meters,
      java.util.Set<String> waitingForPort,
      java.util.Set<String> ambiguousAddresses,
      java.util.Set<String> unknownNodes,
      java.util.Set<Integer> localFunctions,
      Map<FlowSink.EdgeFlow, Flow> edgeFlows) {

    /** Where nothing is wanted. */
    public static final Compiled NOTHING =
        new Compiled(
            Map.of(),
            Map.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            Map.of());
  }

  /**
   * For the only switch there is.
   *
   * @param graph what is to be allowed
   * @param ports where replicas are plugged in, by replica id
   */
  public static Compiled compile(Graph graph, Map<String, Port> ports) {
    return compile(graph, Site.only(ports));
  }

  /**
   * @param graph what is to be allowed
   * @param site where the switch stands
   */
  public static Compiled compile(Graph graph, Site site) {
    return compile(graph, site, Compiled.NOTHING);
  }

  /**
   * The same, quicker: with the flows of edges that something compiled before has, too.
   *
   * @param before of whatever graph and site
   */
  public static Compiled compile(Graph graph, Site site, Compiled before) {
    FabricView view = new FabricView(graph, site);
    FlowSink sink = new FlowSink(before.edgeFlows());
    FEATURES.forEach(feature -> feature.contribute(view, sink));
    return new Compiled(
        sink.flows(),
        sink.meters(),
        view.waitingForPort(),
        view.ambiguous(),
        view.unknownNodes(),
        view.localFunctions(),
        sink.edgeFlows());
  }
}
