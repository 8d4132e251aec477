package io.directfaas.sdn.sight;

import java.util.List;

/**
 * What was dropped for one reason.
 *
 * @param reason spoofed, undeclared, unsupported, unknown-port or unreachable
 * @param packets frames
 * @param bytes octets of these frames
 * @param senders who sent them, without those of no one
 */
record DropCount(String reason, long packets, long bytes, List<Sender> senders) {
  /**
   * @param function {@code namespace/name}; empty when the port told nothing
   * @param table where it was found out
   */
  record Sender(String function, String table, long packets, long bytes) {}
}
