package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.AdsState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one client.
 *
 * @param node its node id
 * @param function {@code namespace/name}
 * @param connected whether it has a stream open
 * @param ackedRevision the highest revision of the graph whose every consequence for it it has
 *     taken
 * @param nack why it refused what it refused last, or null if it refuses nothing
 * @param waitsFor in words, what is between it and what it should hold; null if nothing is, or it
 *     is not connected
 * @param types per type URL, what was sent and acked
 */
public record SidecarStatus(
    String node,
    String function,
    boolean connected,
    long ackedRevision,
    @Nullable String nack,
    @Nullable String waitsFor,
    Map<String, AdsState.TypeStatus> types) {
  SidecarStatus at(long revision) {
    return new SidecarStatus(node, function, connected, revision, nack, waitsFor, types);
  }
}
