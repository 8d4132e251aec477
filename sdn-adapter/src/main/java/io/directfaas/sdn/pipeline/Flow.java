package io.directfaas.sdn.pipeline;

import java.util.List;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.Masked;
import org.projectfloodlight.openflow.types.OFMetadata;

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

  /** The id of the function that the metadata it matches names as destination; 0 for none. */
  public int edgeDestination() {
    Masked<OFMetadata> metadata = key.match().getMasked(MatchField.METADATA);
    return metadata == null ? 0 : Metadata.destinationOf(metadata.getValue().getValue());
  }
}
