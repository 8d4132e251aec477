package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Function;
import io.directfaas.graph.Graph;
import java.util.Map;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/** What one graph wants of one switch. Immutable; {@link Pipeline} makes the next out of it. */
public final class Compiled {
  /** Where nothing is wanted. */
  public static final Compiled NOTHING =
      new Compiled(Placement.NOWHERE, FlowMap.EMPTY, HashTreePMap.empty(), Gaps.NONE);

  private final Placement placement;
  private final FlowMap flows;
  private final PMap<Integer, Meter> meters;
  private final Gaps gaps;

  Compiled(Placement placement, FlowMap flows, PMap<Integer, Meter> meters, Gaps gaps) {
    this.placement = placement;
    this.flows = flows;
    this.meters = meters;
    this.gaps = gaps;
  }

  /** What was to be allowed. */
  public Graph graph() {
    return placement.graph();
  }

  /** Where the switch stood. */
  public Site site() {
    return placement.site();
  }

  Placement placement() {
    return placement;
  }

  Gaps gaps() {
    return gaps;
  }

  /** Every flow. */
  public FlowMap flows() {
    return flows;
  }

  /** Every meter that the flows use, by id. */
  public Map<Integer, Meter> meters() {
    return meters;
  }

  PMap<Integer, Meter> metersById() {
    return meters;
  }

  /** Whether a function has a replica plugged in here. */
  public boolean hosts(int functionId) {
    return graph().functionById(functionId).map(Function::ref).filter(placement::hosts).isPresent();
  }

  /**
   * Replicas of the graph that are not known to be plugged in, or whose port says another hardware
   * address.
   */
  public Set<String> waitingForPort() {
    return gaps.waiting();
  }

  /** Addresses that more than one replica within a tenant's reach has. */
  public Set<String> ambiguousAddresses() {
    return gaps.ambiguousAddresses();
  }

  /** Nodes of replicas that should be reached, but whose address is not known. */
  public Set<String> unknownNodes() {
    return gaps.unknownNodes();
  }

  /** Whether both want the same of the switch, and miss the same. */
  public boolean wantsTheSameAs(Compiled other) {
    return flows.equals(other.flows) && meters.equals(other.meters) && gaps.equals(other.gaps);
  }
}
