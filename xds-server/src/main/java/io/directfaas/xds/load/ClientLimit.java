package io.directfaas.xds.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.identity.Peer;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How many clients of one function may report by TCP at a time. Sidecars are not counted. */
final class ClientLimit {
  static final int PER_FUNCTION = 256;

  private final Map<FunctionRef, Integer> clients = new ConcurrentHashMap<>();

  /** Why one more may not, naming the limit; null when it may, and then {@link #left} follows. */
  @Nullable Status entered(Peer peer) {
    if (!(peer instanceof Peer.Client)) {
      return null;
    }
    int now = clients.merge(peer.function(), 1, Integer::sum);
    if (now <= PER_FUNCTION) {
      return null;
    }
    left(peer);
    return Status.RESOURCE_EXHAUSTED.withDescription(
        "limit reporting-clients-per-function of " + PER_FUNCTION);
  }

  void left(Peer peer) {
    if (peer instanceof Peer.Client) {
      clients.computeIfPresent(peer.function(), (function, count) -> count == 1 ? null : count - 1);
    }
  }
}
