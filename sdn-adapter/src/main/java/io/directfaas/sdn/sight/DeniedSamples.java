package io.directfaas.sdn.sight;

import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.graph.denied.DeniedCall;
import io.directfaas.sdn.pipeline.FlowKind;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.projectfloodlight.openflow.protocol.OFPacketIn;

/**
 * Makes something of the denied packets that switches show us. Bounded against tenants who send
 * them on purpose: the switch's meters let a few per second and tenant through, what comes faster
 * than it is read is dropped and counted, the same attempt is one entry, and each tenant has so
 * many entries, the oldest of which make way.
 */
final class DeniedSamples implements AutoCloseable {
  static final int MAX_PER_TENANT = 256;
  private static final int MAX_WAITING = 1024;

  private record Key(FunctionRef caller, FlowKind reason, String protocol, Ipv4 to, int port) {}

  private record Entry(DeniedPacket last, long samples, Instant first, Instant latest) {}

  private final Supplier<List<Graph>> carried;
  private final Consumer<DeniedCall> undeclared;
  private final Clock clock;
  private final BlockingQueue<OFPacketIn> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final AtomicLong overflown = new AtomicLong();
  private final Thread reader;
  // Guarded by this. Per tenant in the order of last sight, the oldest first.
  private final Map<String, LinkedHashMap<Key, Entry>> byTenant = new HashMap<>();

  /**
   * @param carried the graphs at present, oldest first
   * @param undeclared takes each call that no edge allows, once its callee is known
   */
  DeniedSamples(Supplier<List<Graph>> carried, Consumer<DeniedCall> undeclared, Clock clock) {
    this.carried = carried;
    this.undeclared = undeclared;
    this.clock = clock;
    this.reader = Thread.ofVirtual().name("denied-samples").unstarted(this::readAll);
  }

  void start() {
    reader.start();
  }

  /** Takes a packet, or drops it if there are too many; never blocks. */
  void offer(OFPacketIn packet) {
    if (!waiting.offer(packet)) {
      overflown.incrementAndGet();
    }
  }

  /** How many were shown to us and not looked at. */
  long overflown() {
    return overflown.get();
  }

  private void readAll() {
    try {
      while (true) {
        DeniedPacket.read(waiting.take()).ifPresent(this::take);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** Adds one; those of functions that no graph knows any more are not kept. */
  void take(DeniedPacket packet) {
    for (Graph graph : carried.get().reversed()) {
      Optional<Function> caller = graph.functionById(packet.functionId());
      if (caller.isPresent()) {
        Instant now = clock.instant();
        remember(caller.get().ref(), packet, now);
        if (packet.reason() == FlowKind.DROP_UNDECLARED && packet.opens()) {
          callee(graph, caller.get().ref(), packet.destination())
              .ifPresent(
                  callee ->
                      undeclared.accept(
                          new DeniedCall(caller.get().ref(), callee, packet.attempt(), 1, now)));
        }
        return;
      }
    }
  }

  private synchronized void remember(FunctionRef caller, DeniedPacket packet, Instant now) {
    LinkedHashMap<Key, Entry> entries =
        byTenant.computeIfAbsent(caller.namespace(), t -> new LinkedHashMap<>());
    Key key =
        new Key(caller, packet.reason(), packet.protocol(), packet.destination(), packet.port());
    Entry before = entries.remove(key);
    entries.put(
        key,
        before == null
            ? new Entry(packet, 1, now, now)
            : new Entry(packet, before.samples() + 1, before.first(), now));
    Iterator<Key> oldest = entries.keySet().iterator();
    while (entries.size() > MAX_PER_TENANT) {
      oldest.next();
      oldest.remove();
    }
  }

  /**
   * The latest first.
   *
   * @param namespace of the callers; empty for all
   */
  synchronized List<DeniedSample> list(String namespace) {
    List<Graph> graphs = carried.get();
    Graph graph = graphs.isEmpty() ? Graph.empty("") : graphs.getLast();
    byTenant.keySet().removeIf(tenant -> !graph.tenants().containsKey(tenant));
    List<DeniedSample> samples = new ArrayList<>();
    byTenant.forEach(
        (tenant, entries) -> {
          if (namespace.isEmpty() || namespace.equals(tenant)) {
            entries.forEach((key, entry) -> samples.add(view(graph, key, entry)));
          }
        });
    samples.sort(Comparator.comparing(DeniedSample::lastSeen).reversed());
    return samples;
  }

  private static DeniedSample view(Graph graph, Key key, Entry entry) {
    DeniedPacket packet = entry.last();
    boolean forged = key.reason() == FlowKind.DROP_SPOOFED;
    return new DeniedSample(
        key.caller().toString(),
        key.reason().dropReason(),
        packet.attempt(),
        callee(graph, key.caller(), key.to()).map(FunctionRef::toString).orElse(""),
        forged ? packet.mac() + " " + packet.source() : "",
        packet.opens(),
        entry.samples(),
        entry.first().toString(),
        entry.latest().toString());
  }

  /** Who has an address: in the caller's tenant before all, else the only one in any other. */
  private static Optional<FunctionRef> callee(Graph graph, FunctionRef caller, Ipv4 address) {
    Optional<Replica> own = graph.replicaAt(caller.namespace(), address);
    if (own.isPresent()) {
      return own.map(Replica::function);
    }
    FunctionRef found = null;
    for (String tenant : graph.tenants().keySet()) {
      Optional<Replica> other = graph.replicaAt(tenant, address);
      if (other.isPresent()) {
        if (found != null) {
          return Optional.empty();
        }
        found = other.get().function();
      }
    }
    return Optional.ofNullable(found);
  }

  @Override
  public void close() {
    reader.interrupt();
  }
}
