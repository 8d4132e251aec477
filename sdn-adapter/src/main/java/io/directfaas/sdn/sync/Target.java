package io.directfaas.sdn.sync;

import java.util.Set;

/**
 * What a switch is to carry.
 *
 * @param graphs all of these
 * @param grants how far what only the newest of them allows is opened
 */
record Target(RetainedGraphs graphs, Grants grants) {
  static final Target NOTHING = new Target(RetainedGraphs.NONE, Grants.EVERYWHERE);

  /** A call is let out of its source's node only after its destination's lets it in. */
  enum Grants {
    /** Only on the nodes where the callee runs. */
    AT_DESTINATION,
    EVERYWHERE
  }

  /**
   * Whether a flow of ours that is not wanted must be left alone: while something is still to be
   * opened, and until the first RETIRE, it may be right for a revision this process does not know.
   */
  boolean keepsUnknown() {
    return grants == Grants.AT_DESTINATION || !graphs.hasRetired();
  }

  /**
   * The replicas of the newest graph that no other of them has.
   *
   * @param node whose replicas; empty for those of all
   */
  Set<String> newReplicas(String node) {
    return graphs.broughtByNewest(node);
  }
}
