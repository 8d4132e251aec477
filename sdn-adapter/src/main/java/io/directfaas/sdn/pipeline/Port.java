package io.directfaas.sdn.pipeline;

import io.directfaas.graph.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a replica is plugged in.
 *
 * @param number the OpenFlow port number
 * @param mac the hardware address that whoever plugged it in wrote down; null if they did not
 */
public record Port(int number, @Nullable MacAddress mac) {

  /** Whether a replica with this hardware address may be the one plugged in here. */
  boolean fits(MacAddress replicaMac) {
    return mac == null || mac.equals(replicaMac);
  }
}
