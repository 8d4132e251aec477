package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Whether a node is who its socket or credentials say. */
public final class NodeCheck {
  private NodeCheck() {}

  /** Why the node is refused, naming the field; null when it is not. */
  public static @Nullable Status check(@Nullable Node node, WorkloadIdentity identity) {
    if (node == null) {
      return Status.INVALID_ARGUMENT.withDescription("node: missing in the first request");
    }
    if (!node.getId().equals(identity.nodeId())) {
      return refuse("node.id", node.getId(), identity.nodeId());
    }
    if (!node.getCluster().equals(identity.function().toString())) {
      return refuse("node.cluster", node.getCluster(), identity.function().toString());
    }
    return null;
  }

  private static Status refuse(String field, String claimed, String proven) {
    String shown = claimed.length() > 100 ? claimed.substring(0, 100) + "…" : claimed;
    return Status.PERMISSION_DENIED.withDescription(
        field + ": '" + shown + "', but this workload is '" + proven + "'");
  }
}
