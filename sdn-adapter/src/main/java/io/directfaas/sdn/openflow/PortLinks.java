package io.directfaas.sdn.openflow;

import java.util.HashSet;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFPortConfig;
import org.projectfloodlight.openflow.protocol.OFPortDesc;
import org.projectfloodlight.openflow.protocol.OFPortReason;
import org.projectfloodlight.openflow.protocol.OFPortState;

/**
 * What a switch says of its ports' links. The database knows who is plugged in where, and keeps
 * saying so after the other end has gone.
 *
 * @param down ports that exist, but carry nothing: no link, or switched off
 * @param gone ports that have been deleted
 */
public record PortLinks(Set<Integer> down, Set<Integer> gone) {
  /** Of a switch that has not said anything yet. */
  public static final PortLinks UNKNOWN = new PortLinks(Set.of(), Set.of());

  public PortLinks {
    down = Set.copyOf(down);
    gone = Set.copyOf(gone);
  }

  /**
   * After another word of the switch, OpenFlow 1.4.0 section 7.4.3.
   *
   * @param reason {@code MODIFY} also for what it says when asked
   */
  PortLinks after(OFPortReason reason, OFPortDesc port) {
    int number = port.getPortNo().getPortNumber();
    Set<Integer> nowDown = new HashSet<>(down);
    Set<Integer> nowGone = new HashSet<>(gone);
    nowDown.remove(number);
    nowGone.remove(number);
    if (reason == OFPortReason.DELETE) {
      nowGone.add(number);
    } else if (port.getState().contains(OFPortState.LINK_DOWN)
        || port.getConfig().contains(OFPortConfig.PORT_DOWN)) {
      nowDown.add(number);
    }
    return new PortLinks(nowDown, nowGone);
  }
}
