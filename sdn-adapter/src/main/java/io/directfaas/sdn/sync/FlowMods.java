package io.directfaas.sdn.sync;

import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.pipeline.Cookie;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Table;
import java.util.ArrayList;
import java.util.List;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.OFGroup;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.U64;

/** Differences as messages. */
final class FlowMods {
  private FlowMods() {}

  static OFFlowMod add(Flow flow) {
    return OpenFlowSession.FACTORY
        .buildFlowAdd()
        .setTableId(flow.key().table().id())
        .setPriority(flow.key().priority())
        .setMatch(flow.key().match())
        .setCookie(flow.cookie().toU64())
        .setBufferId(OFBufferId.NO_BUFFER)
        .setOutPort(OFPort.ANY)
        .setOutGroup(OFGroup.ANY)
        .setInstructions(flow.instructions())
        .build();
  }

  /** Strict, because a delete by cookie mask makes the switch look at every flow it has. */
  static OFFlowMod delete(Flow.Key key) {
    return OpenFlowSession.FACTORY
        .buildFlowDeleteStrict()
        .setTableId(key.table().id())
        .setPriority(key.priority())
        .setMatch(key.match())
        .setBufferId(OFBufferId.NO_BUFFER)
        .setOutPort(OFPort.ANY)
        .setOutGroup(OFGroup.ANY)
        .build();
  }

  static OFFlowMod deleteAll(Table table) {
    return deleteByCookie(table, U64.ZERO, U64.ZERO);
  }

  /**
   * Deletes every flow of a table that does not carry our magic, without having to be able to read
   * it. A delete matches a cookie under a mask and knows no "not"; but a cookie differs from ours
   * exactly if it differs in one of the magic's bits, so one delete per bit does it.
   */
  static List<OFFlowMod> deleteForeign(Table table) {
    List<OFFlowMod> mods = new ArrayList<>(16);
    for (int bit = 0; bit < 16; bit++) {
      long mask = 1L << (Cookie.MAGIC_SHIFT + bit);
      long ours = (long) Cookie.MAGIC << Cookie.MAGIC_SHIFT;
      mods.add(deleteByCookie(table, U64.ofRaw(~ours & mask), U64.ofRaw(mask)));
    }
    return mods;
  }

  private static OFFlowMod deleteByCookie(Table table, U64 cookie, U64 mask) {
    return OpenFlowSession.FACTORY
        .buildFlowDelete()
        .setTableId(table.id())
        .setMatch(OpenFlowSession.FACTORY.matchWildcardAll())
        .setCookie(cookie)
        .setCookieMask(mask)
        .setBufferId(OFBufferId.NO_BUFFER)
        .setOutPort(OFPort.ANY)
        .setOutGroup(OFGroup.ANY)
        .build();
  }
}
