package io.directfaas.sdn.sight;

import io.directfaas.graph.Function;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Tenant;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.Metadata;
import io.directfaas.sdn.pipeline.Meter;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.ObservedFlow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.projectfloodlight.openflow.protocol.OFMeterBandStats;
import org.projectfloodlight.openflow.protocol.OFMeterStats;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.Masked;
import org.projectfloodlight.openflow.types.OFMetadata;

/** The switch's counters in the words of the graph. Every call asks the switch. */
final class FabricCounters {
  private final FabricSync sync;

  FabricCounters(FabricSync sync) {
    this.sync = sync;
  }

  private record EdgeIds(int caller, int callee) {}

  /**
   * @throws OpenFlowException if the switch is away
   */
  List<EdgeCount> edges() throws OpenFlowException, InterruptedException {
    Map<EdgeIds, EdgeCount.Count> forward = new HashMap<>();
    Map<EdgeIds, EdgeCount.Count> reply = new HashMap<>();
    for (ObservedFlow flow : sync.observe(List.of(Table.EDGE, Table.REPLY))) {
      FlowKind kind = Cookie.parse(flow.cookie()).map(Cookie::kind).orElse(FlowKind.METER);
      Masked<OFMetadata> metadata = flow.key().match().getMasked(MatchField.METADATA);
      if (metadata == null || (kind != FlowKind.EDGE && kind != FlowKind.REPLY)) {
        continue;
      }
      int from = Metadata.sourceOf(metadata.getValue().getValue());
      int to = Metadata.destinationOf(metadata.getValue().getValue());
      if (kind == FlowKind.EDGE) {
        count(forward, new EdgeIds(from, to), flow);
      } else {
        count(reply, new EdgeIds(to, from), flow);
      }
    }
    List<EdgeCount> counts = new ArrayList<>();
    forward.forEach(
        (ids, there) ->
            counts.add(
                new EdgeCount(
                    name(ids.caller()),
                    name(ids.callee()),
                    there,
                    reply.getOrDefault(ids, EdgeCount.Count.NONE))));
    counts.sort(Comparator.comparing(EdgeCount::caller).thenComparing(EdgeCount::callee));
    return counts;
  }

  /**
   * One entry per reason, also where nothing was dropped.
   *
   * @throws OpenFlowException if the switch is away
   */
  List<DropCount> drops() throws OpenFlowException, InterruptedException {
    Map<FlowKind, List<DropCount.Sender>> senders = new EnumMap<>(FlowKind.class);
    Map<FlowKind, EdgeCount.Count> totals = new EnumMap<>(FlowKind.class);
    for (FlowKind kind : FlowKind.values()) {
      if (kind.isDrop()) {
        senders.put(kind, new ArrayList<>());
        totals.put(kind, EdgeCount.Count.NONE);
      }
    }
    record Place(FlowKind kind, int functionId, Table table) {}
    Map<Place, EdgeCount.Count> places = new HashMap<>();
    for (ObservedFlow flow : sync.observe(Table.ALL)) {
      Optional<Cookie> cookie = Cookie.parse(flow.cookie()).filter(c -> c.kind().isDrop());
      if (cookie.isPresent() && flow.packets() > 0) {
        FlowKind kind = cookie.get().kind();
        totals.computeIfPresent(kind, (k, c) -> c.plus(flow.packets(), flow.bytes()));
        places.merge(
            new Place(kind, cookie.get().objectId(), flow.key().table()),
            new EdgeCount.Count(flow.packets(), flow.bytes()),
            (a, b) -> a.plus(b.packets(), b.bytes()));
      }
    }
    places.forEach(
        (place, count) ->
            senders
                .getOrDefault(place.kind(), new ArrayList<>())
                .add(
                    new DropCount.Sender(
                        place.functionId() == 0 ? "" : name(place.functionId()),
                        place.table().name().toLowerCase(java.util.Locale.ROOT),
                        count.packets(),
                        count.bytes())));
    List<DropCount> drops = new ArrayList<>();
    totals.forEach(
        (kind, total) ->
            drops.add(
                new DropCount(
                    kind.dropReason(),
                    total.packets(),
                    total.bytes(),
                    senders.getOrDefault(kind, List.of()).stream()
                        .sorted(
                            Comparator.comparing(DropCount.Sender::function)
                                .thenComparing(DropCount.Sender::table))
                        .toList())));
    return drops;
  }

  /**
   * One entry per tenant that sends from here, also where nothing was held back.
   *
   * @throws OpenFlowException if a switch is away
   */
  List<TenantDrops> tenants() throws OpenFlowException, InterruptedException {
    Map<Integer, TenantDrops> byTenant = new TreeMap<>();
    for (OFMeterStats meter : sync.observeMeters()) {
      long id = meter.getMeterId();
      long packets = 0;
      long bytes = 0;
      for (OFMeterBandStats band : meter.getBandStats()) {
        packets += band.getPacketBandCount().getValue();
        bytes += band.getByteBandCount().getValue();
      }
      int tenantId = Meter.tenantOf(id);
      if (Meter.is(Meter.Purpose.BANDWIDTH, id)) {
        byTenant.merge(
            tenantId, new TenantDrops(tenant(tenantId), packets, bytes, 0), TenantDrops::plus);
      } else if (Meter.is(Meter.Purpose.ARP, id)) {
        byTenant.merge(
            tenantId, new TenantDrops(tenant(tenantId), 0, 0, packets), TenantDrops::plus);
      }
    }
    return List.copyOf(byTenant.values());
  }

  private String tenant(int tenantId) {
    for (Graph graph : sync.carried().reversed()) {
      Optional<Tenant> tenant = graph.tenantById(tenantId);
      if (tenant.isPresent()) {
        return tenant.get().name();
      }
    }
    return "#" + tenantId;
  }

  private static void count(Map<EdgeIds, EdgeCount.Count> counts, EdgeIds ids, ObservedFlow flow) {
    counts.merge(
        ids,
        new EdgeCount.Count(flow.packets(), flow.bytes()),
        (a, b) -> a.plus(b.packets(), b.bytes()));
  }

  /** By the newest graph that knows the function: an id outlives the function in draining flows. */
  private String name(int functionId) {
    for (Graph graph : sync.carried().reversed()) {
      Optional<Function> function = graph.functionById(functionId);
      if (function.isPresent()) {
        return function.get().ref().toString();
      }
    }
    return "#" + functionId;
  }
}
