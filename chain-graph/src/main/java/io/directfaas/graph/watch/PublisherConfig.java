package io.directfaas.graph.watch;

import java.time.Duration;
import java.util.Set;

/**
 * How the publisher drives revisions.
 *
 * @param expected the roles that must take part: a change waits for a fabric that is expected but
 *     away, and skips the fabric's stages where none is expected
 * @param meshWait how long a change waits for the mesh at most before it goes on without; longer
 *     than the three bounded waits that the mesh itself may need
 * @param retireAfter how long calls in flight over a removed edge may still finish before the
 *     fabric closes it; a revocation does not wait
 * @param movedRetireAfter how long calls in flight over the old way of an edge that stays may
 *     finish, since they are still allowed
 */
public record PublisherConfig(
    Set<Role> expected, Duration meshWait, Duration retireAfter, Duration movedRetireAfter) {
  private static final Duration MOVED_RETIRE_AFTER = Duration.ofSeconds(10);

  /** Who can take part in a change. */
  public enum Role {
    FABRIC,
    MESH
  }

  public PublisherConfig {
    expected = Set.copyOf(expected);
  }

  /** With the usual time for calls over the old way of an edge that stays. */
  public PublisherConfig(Set<Role> expected, Duration meshWait, Duration retireAfter) {
    this(expected, meshWait, retireAfter, MOVED_RETIRE_AFTER);
  }

  public static PublisherConfig defaults() {
    return new PublisherConfig(
        Set.of(Role.FABRIC, Role.MESH), Duration.ofSeconds(7), Duration.ofMillis(500));
  }
}
