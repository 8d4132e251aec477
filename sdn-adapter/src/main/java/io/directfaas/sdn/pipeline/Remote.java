package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;

/**
 * A replica on another node.
 *
 * @param replica the replica
 * @param functionId its function's id
 * @param tenantId its tenant's id
 * @param node the tunnel address of the node that hosts it
 */
record Remote(Replica replica, int functionId, int tenantId, Ipv4 node) implements Placed {}
