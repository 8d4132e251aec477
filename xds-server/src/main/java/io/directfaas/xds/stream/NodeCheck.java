package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Whether a node is who its socket or credentials say. */
public final class NodeCheck {
  /** As for a DNS name: room for any id that means something, and no more. */
  private static final int LONGEST_ID = 253;

  private NodeCheck() {}

  /** Why the first node of a stream is refused, naming the field; null when it is not. */
  public static @Nullable Status check(@Nullable Node node, Peer peer) {
    if (node == null) {
      return Status.INVALID_ARGUMENT.withDescription("node: missing in the first request");
    }
    if (peer.nodeId() != null && !node.getId().equals(peer.nodeId())) {
      return refuse("node.id", node.getId(), peer.nodeId());
    }
    if (node.getId().isEmpty() || node.getId().length() > LONGEST_ID) {
      return Status.INVALID_ARGUMENT.withDescription(
          "node.id: has " + node.getId().length() + " characters, expected 1 to " + LONGEST_ID);
    }
    return cluster(node, peer.function().toString(), peer instanceof Peer.Client);
  }

  /** Why a later node of a stream is refused: it must be the first one. */
  static @Nullable Status unchanged(Node node, WorkloadIdentity identity) {
    if (!node.getId().equals(identity.nodeId())) {
      return refuse("node.id", node.getId(), identity.nodeId());
    }
    return cluster(node, identity.function().toString(), true);
  }

  /** Clients that others configure may leave the cluster out; what they say must be true. */
  private static @Nullable Status cluster(Node node, String proven, boolean mayBeEmpty) {
    boolean fits = node.getCluster().equals(proven) || mayBeEmpty && node.getCluster().isEmpty();
    return fits ? null : refuse("node.cluster", node.getCluster(), proven);
  }

  private static Status refuse(String field, String claimed, String proven) {
    String shown = claimed.length() > 100 ? claimed.substring(0, 100) + "…" : claimed;
    return Status.PERMISSION_DENIED.withDescription(
        field + ": '" + shown + "', but this workload is '" + proven + "'");
  }
}
