package io.directfaas.xds.load;

import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;

/** Under which name what a workload reports is kept. */
final class Reporter {
  /** No replica's id has a slash. */
  private static final String BY_TCP = "tcp/";

  private Reporter() {}

  /**
   * A sidecar is who its socket says. A client by TCP chooses its node id itself, so it is kept
   * apart: it can take the name of no replica, and of no client of another function.
   *
   * @param node the client's word for itself; not looked at for a sidecar
   */
  static WorkloadIdentity of(Peer peer, String node) {
    return switch (peer) {
      case Peer.Sidecar sidecar -> sidecar.identity();
      case Peer.Client client ->
          new WorkloadIdentity(BY_TCP + client.function() + "/" + node, client.function());
    };
  }

  static boolean byTcp(WorkloadIdentity identity) {
    return identity.nodeId().startsWith(BY_TCP);
  }
}
