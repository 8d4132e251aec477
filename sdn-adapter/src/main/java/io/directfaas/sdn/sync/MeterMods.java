package io.directfaas.sdn.sync;

import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.pipeline.Meter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFMeterConfig;
import org.projectfloodlight.openflow.protocol.OFMeterFlags;
import org.projectfloodlight.openflow.protocol.OFMeterMod;
import org.projectfloodlight.openflow.protocol.OFMeterModCommand;
import org.projectfloodlight.openflow.protocol.meterband.OFMeterBand;

/** What turns the meters found into the meters wanted. */
final class MeterMods {
  private MeterMods() {}

  /** Adds what is missing, and changes what is different in place, so that no flow is lost. */
  static List<OFMeterMod> put(Map<Integer, Meter> wanted, List<OFMeterConfig> found) {
    Map<Long, OFMeterConfig> present = new HashMap<>();
    found.forEach(meter -> present.put(meter.getMeterId(), meter));
    List<OFMeterMod> mods = new ArrayList<>();
    for (Meter meter : wanted.values()) {
      OFMeterConfig now = present.get((long) meter.id());
      if (now == null) {
        mods.add(mod(OFMeterModCommand.ADD, meter));
      } else if (!is(now, meter)) {
        mods.add(mod(OFMeterModCommand.MODIFY, meter));
      }
    }
    return mods;
  }

  /**
   * Deletes what no one wants. Only for when no wanted flow uses it any longer: the switch deletes
   * the flows of a meter with it.
   */
  static List<OFMeterMod> delete(Map<Integer, Meter> wanted, List<OFMeterConfig> found) {
    List<OFMeterMod> mods = new ArrayList<>();
    for (OFMeterConfig meter : found) {
      long id = meter.getMeterId();
      if (id > Integer.MAX_VALUE || !wanted.containsKey((int) id)) {
        mods.add(
            OpenFlowSession.FACTORY
                .buildMeterMod()
                .setCommand(OFMeterModCommand.DELETE)
                .setMeterId(id)
                .build());
      }
    }
    return mods;
  }

  private static OFMeterMod mod(OFMeterModCommand command, Meter meter) {
    return OpenFlowSession.FACTORY
        .buildMeterMod()
        .setCommand(command)
        .setFlags(flags(meter))
        .setMeterId(meter.id())
        .setBands(List.of(band(meter)))
        .build();
  }

  private static Set<OFMeterFlags> flags(Meter meter) {
    return EnumSet.of(
        switch (meter.unit()) {
          case KBPS -> OFMeterFlags.KBPS;
          case PACKETS -> OFMeterFlags.PKTPS;
        },
        OFMeterFlags.BURST,
        OFMeterFlags.STATS);
  }

  private static OFMeterBand band(Meter meter) {
    return OpenFlowSession.FACTORY
        .meterBands()
        .buildDrop()
        .setRate(meter.rate())
        .setBurstSize(meter.burst())
        .build();
  }

  private static boolean is(OFMeterConfig found, Meter wanted) {
    return found.getFlags().equals(flags(wanted))
        && found.getEntries().equals(List.of(band(wanted)));
  }
}
