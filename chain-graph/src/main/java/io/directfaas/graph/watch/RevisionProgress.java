package io.directfaas.graph.watch;

import java.util.List;

/**
 * Who has applied a revision.
 *
 * @param revision the revision asked for
 * @param live whether every expected subscriber has it in force; additions only, removals may still
 *     be draining
 * @param retired whether what it removed is closed in the fabric, too
 * @param subscribers each subscriber known, with what it has acked
 * @param waitingFor in words, what holds the revision up; empty when live
 */
public record RevisionProgress(
    long revision,
    boolean live,
    boolean retired,
    List<Subscriber> subscribers,
    List<String> waitingFor) {

  /**
   * @param name the subscriber's name
   * @param role FABRIC or MESH
   * @param connected whether its stream is open
   * @param ackedRevision the highest revision it has acked, 0 when none
   * @param retiredRevision for the fabric, the highest revision retired, else 0
   * @param laggards those it did not wait for any longer
   * @param error its last error, or empty
   */
  public record Subscriber(
      String name,
      PublisherConfig.Role role,
      boolean connected,
      long ackedRevision,
      long retiredRevision,
      List<Laggard> laggards,
      String error) {}
}
