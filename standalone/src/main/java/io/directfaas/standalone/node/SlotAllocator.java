package io.directfaas.standalone.node;

import io.directfaas.standalone.node.net.Slot;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Gives out slots: the lowest that was not in use a moment ago, so that nothing that still means an
 * earlier user's address reaches a new one.
 */
final class SlotAllocator {
  private static final Duration REST = Duration.ofSeconds(60);

  private final InstantSource clock;
  private final Set<Slot> taken = new HashSet<>();

  /** When each was given back, longest ago first. */
  private final Map<Slot, Long> resting = new LinkedHashMap<>();

  SlotAllocator(InstantSource clock) {
    this.clock = clock;
    taken.add(Slot.INGRESS);
  }

  /**
   * Takes a particular slot, that of an adopted replica.
   *
   * @return whether it was free
   */
  synchronized boolean take(Slot slot) {
    resting.remove(slot);
    return taken.add(slot);
  }

  /**
   * @throws IOException if all are taken
   */
  synchronized Slot take() throws IOException {
    long rested = clock.millis() - REST.toMillis();
    resting.values().removeIf(since -> since <= rested);
    for (int number = Slot.FIRST + 1; number <= Slot.LAST; number++) {
      int octet = number & 0xff;
      Slot slot = new Slot(number);
      // Legal in a /16, but software that takes every network for a /24 refuses them.
      boolean odd = octet == 0 || octet == 255;
      if (!odd && !resting.containsKey(slot) && taken.add(slot)) {
        return slot;
      }
    }
    if (resting.isEmpty()) {
      throw new IOException("this node has no address left for another replica");
    }
    Slot longest = resting.keySet().iterator().next();
    take(longest);
    return longest;
  }

  synchronized void giveBack(Slot slot) {
    if (taken.remove(slot)) {
      resting.put(slot, clock.millis());
    }
  }
}
