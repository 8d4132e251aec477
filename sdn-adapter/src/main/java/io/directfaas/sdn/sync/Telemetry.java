package io.directfaas.sdn.sync;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.projectfloodlight.openflow.protocol.OFPacketIn;

/** What all switches' syncs tell those who watch them; counted since this process started. */
public final class Telemetry {
  private final LatencyHistogram syncs = new LatencyHistogram();
  private final LatencyHistogram bundles = new LatencyHistogram();
  private final LongAdder orphans = new LongAdder();
  private volatile Consumer<OFPacketIn> packets = packet -> {};

  /** Comparisons with a switch, audits included, that ended well: until its barrier. */
  public LatencyHistogram syncs() {
    return syncs;
  }

  /** Bundles, from the first message to the barrier after the commit. */
  public LatencyHistogram bundles() {
    return bundles;
  }

  /** Flows with our mark that no graph we know of had asked for. */
  public long orphanFlowsRemoved() {
    return orphans.sum();
  }

  /**
   * Where samples of denied packets go.
   *
   * @param listener must be quick and must not block
   */
  public void onPacket(Consumer<OFPacketIn> listener) {
    packets = listener;
  }

  void orphansRemoved(long count) {
    orphans.add(count);
  }

  void packet(OFPacketIn packet) {
    packets.accept(packet);
  }
}
