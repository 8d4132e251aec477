package io.directfaas.sdn.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionMeter;
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

  /** Where it stands and what it matches. */
  public static final class Key {
    private final Table table;
    private final int priority;
    private final Match match;
    // Kept, because a match computes its own from all its fields each time.
    private final int hash;

    /**
     * @param table where it stands
     * @param priority higher is asked first
     * @param match which packets
     */
    public Key(Table table, int priority, Match match) {
      this.table = table;
      this.priority = priority;
      this.match = match;
      // A match's own is alike for matches that are alike, and so are most of ours.
      int alike = 31 * (31 * table.number() + priority) + match.hashCode();
      int mixed = (alike ^ alike >>> 16) * 0x85ebca6b;
      this.hash = mixed ^ mixed >>> 13;
    }

    public Table table() {
      return table;
    }

    public int priority() {
      return priority;
    }

    public Match match() {
      return match;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other == this
          || (other instanceof Key that
              && hash == that.hash
              && table == that.table
              && priority == that.priority
              && match.equals(that.match));
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public String toString() {
      return "table " + table.number() + " priority " + priority + " " + match;
    }
  }

  public Flow {
    instructions = List.copyOf(instructions);
  }

  /** The id of the function that the metadata it matches names as destination; 0 for none. */
  public int edgeDestination() {
    Masked<OFMetadata> metadata = key.match().getMasked(MatchField.METADATA);
    return metadata == null ? 0 : Metadata.destinationOf(metadata.getValue().getValue());
  }

  /**
   * The same without some meters: what it does otherwise stays, except that a drop that showed us
   * samples through its meter shows none.
   */
  public Flow withoutMeters(Set<Long> meterIds) {
    List<OFInstruction> rest = new ArrayList<>();
    for (OFInstruction instruction : instructions) {
      if (!(instruction instanceof OFInstructionMeter meter
          && meterIds.contains(meter.getMeterId()))) {
        rest.add(instruction);
      }
    }
    if (rest.size() == instructions.size()) {
      return this;
    }
    return new Flow(key, cookie.kind().isDrop() ? List.of() : rest, cookie);
  }
}
