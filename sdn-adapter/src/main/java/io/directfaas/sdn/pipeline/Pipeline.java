package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.HashTreePMap;

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
    Placement at = Placement.of(graph, site);
    FabricView view = new FabricView(at, Scope.whole(at));
    FlowSink wanted = contributions(view);
    return new Compiled(
        at, FlowMap.of(wanted.flows()), HashTreePMap.from(wanted.meters()), Gaps.of(view));
  }

  /**
   * The same, out of what was compiled before: at the cost of what has changed and its neighbours,
   * if the graph is known to be one step from the other and the site differs by ports alone; else
   * as if nothing had been compiled before.
   */
  public static Compiled compile(Graph graph, Site site, Compiled before) {
    Optional<GraphDelta> delta = graph.knownDeltaFrom(before.graph());
    return delta.isPresent() && site.differsByPortsOnly(before.site())
        ? change(before, graph, site, delta.get())
        : compile(graph, site);
  }

  /**
   * Each flow is of one thing in the scope, or the same before and after. So what the scope had
   * before goes, what it has now comes, and all else stays.
   */
  private static Compiled change(Compiled before, Graph graph, Site site, GraphDelta delta) {
    Placement was = before.placement();
    PortIndex ports = was.ports().with(site.ports());
    Changes changes = Changes.between(was.graph(), was.ports(), graph, ports, delta);
    Placement is = was.after(changes, graph, site, ports);
    Scope scope = Scope.of(changes, was, is);

    FabricView viewBefore = new FabricView(was, scope);
    FabricView viewAfter = new FabricView(is, scope);
    FlowSink gone = contributions(viewBefore);
    FlowSink come = contributions(viewAfter);
    return new Compiled(
        is,
        before.flows().with(gone.flows().keySet(), come.flows()),
        gone.meters().equals(come.meters())
            ? before.metersById()
            : before.metersById().minusAll(gone.meters().keySet()).plusAll(come.meters()),
        before.gaps().with(Gaps.of(viewBefore), Gaps.of(viewAfter)));
  }

  private static FlowSink contributions(FabricView view) {
    FlowSink sink = new FlowSink();
    FEATURES.forEach(feature -> feature.contribute(view, sink));
    return sink;
  }
}
