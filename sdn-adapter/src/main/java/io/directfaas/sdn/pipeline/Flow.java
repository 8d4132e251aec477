package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;

/**
 * One flow entry. Two flows of the same key cannot stand in a switch at once.
 *
 * @param key where it stands and what it matches
 * @param instructions what is done, in the order a switch reports it (apply, write metadata, goto);
 *     empty drops
 * @param cookie what it is for
 */
public record Flow(Key key, List<OFInstruction> instructions, Cookie cookie) {

  /**
   * @param table where it stands
   * @param priority higher is asked first
   * @param match which packets
   */
  public record Key(Table table, int priority, Match match) {}

  public Flow {
    instructions = List.copyOf(instructions);
  }
}
