package io.directfaas.sdn.sync;

import io.directfaas.sdn.openflow.FlowDump;
import io.directfaas.sdn.openflow.FlowsRejectedException;
import io.directfaas.sdn.openflow.OpenFlowException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Meter;
import io.directfaas.sdn.pipeline.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFMeterConfig;
import org.projectfloodlight.openflow.protocol.OFMeterMod;

/** Makes one switch hold the wanted flows in our tables, and nothing else. */
final class Reconciler {
  private final OpenFlowSession session;

  Reconciler(OpenFlowSession session) {
    this.session = session;
  }

  /**
   * What a run did.
   *
   * @param added flows written
   * @param deleted flows deleted
   * @param foreign foreign flows removed or overwritten
   * @param standing how many flows stand in our tables now
   * @param oursDeleted those of the deleted that had our mark
   * @param bundleNanos how long the bundle took, until its barrier; 0 if there was none
   * @param problem what the switch cannot do, though all else is right; empty as a rule
   */
  record Outcome(
      int added,
      int deleted,
      long foreign,
      int standing,
      int oursDeleted,
      long bundleNanos,
      String problem) {}

  /**
   * Dumps, compares, commits the difference as one atomic bundle and waits for the barrier. Writes
   * nothing if nothing differs.
   *
   * <p>No meter can be part of a bundle, and deleting one deletes the flows that use it. So meters
   * come before the flows that need them, and go after the flows that did.
   *
   * @param keepOurs see {@link FlowDiff#between}
   * @throws FlowsRejectedException if the switch refused some flows; all others were applied
   * @throws OpenFlowException if it could not be done; another run is safe
   */
  Outcome run(Map<Flow.Key, Flow> wantedFlows, Map<Integer, Meter> wantedMeters, boolean keepOurs)
      throws OpenFlowException, InterruptedException {
    return run(Standing.read(session), wantedFlows, wantedMeters, keepOurs);
  }

  /**
   * The same for what has just been read.
   *
   * @param standing nothing has been written to the switch since
   */
  Outcome run(
      Standing standing,
      Map<Flow.Key, Flow> wantedFlows,
      Map<Integer, Meter> wantedMeters,
      boolean keepOurs)
      throws OpenFlowException, InterruptedException {
    List<OFMeterConfig> meters = standing.meters();
    Map<OFMeterMod, String> refused = change(MeterMods.put(wantedMeters, meters));
    Map<Flow.Key, Flow> wanted = withoutMeters(wantedFlows, refused.keySet());
    List<ObservedFlow> found = new ArrayList<>(standing.flows());
    List<OFFlowMod> mods = new ArrayList<>();
    long foreign = 0;
    for (Table table : standing.unreadable()) {
      long before = session.countFlows(table.id());
      session.commit(FlowMods.deleteForeign(table));
      foreign += before - session.countFlows(table.id());
      FlowDump dump = session.dumpFlows(table.id());
      if (dump.complete()) {
        dump.entries().forEach(entry -> found.add(ObservedFlow.of(table, entry)));
      } else {
        // Something unreadable carries our mark. Nothing is known of this table, so it is written
        // anew; in one step with the rest, so that no packet notices.
        mods.add(FlowMods.deleteAll(table));
      }
    }
    FlowDiff diff = FlowDiff.between(wanted, found, keepOurs);
    long bundleNanos = commit(diff, mods);
    if (!keepOurs) {
      change(MeterMods.delete(wantedMeters, meters));
    }
    return new Outcome(
        diff.add().size(),
        diff.delete().size(),
        foreign + diff.foreign(),
        wanted.size() + diff.kept(),
        diff.oursDeleted(),
        bundleNanos,
        describe(refused));
  }

  /**
   * The same for a switch that this session has just been told to carry something: writes what has
   * changed since, without asking what stands there. What others do to the switch meanwhile, the
   * audit finds.
   *
   * @param before what it was told; the run for it must have ended well
   */
  Outcome advance(WantedFlows before, WantedFlows wanted)
      throws OpenFlowException, InterruptedException {
    FlowDiff diff = FlowDiff.between(before.flows(), wanted.flows());
    long bundleNanos = commit(diff, new ArrayList<>());
    return new Outcome(
        diff.add().size(),
        diff.delete().size(),
        0,
        wanted.flows().size(),
        diff.oursDeleted(),
        bundleNanos,
        "");
  }

  /** Returns how long the bundle took until its barrier; 0 if nothing had to be done. */
  private long commit(FlowDiff diff, List<OFFlowMod> before)
      throws OpenFlowException, InterruptedException {
    List<OFFlowMod> mods = new ArrayList<>(before);
    diff.delete().forEach(key -> mods.add(FlowMods.delete(key)));
    diff.add().forEach(flow -> mods.add(FlowMods.add(flow)));
    if (mods.isEmpty()) {
      return 0;
    }
    long started = System.nanoTime();
    FlowsRejectedException rejected = commitWhatIsAccepted(mods);
    session.barrier();
    if (rejected != null) {
      throw rejected;
    }
    return System.nanoTime() - started;
  }

  private Map<OFMeterMod, String> change(List<OFMeterMod> mods)
      throws OpenFlowException, InterruptedException {
    return mods.isEmpty() ? Map.of() : session.changeMeters(mods);
  }

  /**
   * A meter that the switch refuses costs the limit, and not the traffic that was to be limited.
   */
  private static Map<Flow.Key, Flow> withoutMeters(
      Map<Flow.Key, Flow> flows, Set<OFMeterMod> refused) {
    if (refused.isEmpty()) {
      return flows;
    }
    Set<Long> ids = new HashSet<>();
    refused.forEach(mod -> ids.add(mod.getMeterId()));
    Map<Flow.Key, Flow> possible = new HashMap<>(flows);
    possible.replaceAll((key, flow) -> flow.withoutMeters(ids));
    return possible;
  }

  private static String describe(Map<OFMeterMod, String> refused) {
    return refused.entrySet().stream()
        .findFirst()
        .map(
            first ->
                refused.size()
                    + " meter(s) refused by the switch, so what they limit is not limited; first: "
                    + first.getKey().getMeterId()
                    + ": "
                    + first.getValue())
        .orElse("");
  }

  /**
   * A flow that the switch refuses must not keep the others out, nor keep what is to be closed
   * open: the rest is committed without it.
   */
  private @Nullable FlowsRejectedException commitWhatIsAccepted(List<OFFlowMod> mods)
      throws OpenFlowException, InterruptedException {
    try {
      session.commit(mods);
      return null;
    } catch (FlowsRejectedException rejected) {
      Set<OFFlowMod> bad = Collections.newSetFromMap(new IdentityHashMap<>());
      bad.addAll(rejected.rejected().keySet());
      List<OFFlowMod> rest = mods.stream().filter(mod -> !bad.contains(mod)).toList();
      if (rest.isEmpty() || rest.size() == mods.size()) {
        return rejected;
      }
      session.commit(rest);
      return rejected;
    }
  }
}
