package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Replica;

/**
 * A replica of the graph with all that its flows need.
 *
 * @param replica the replica
 * @param functionId its function's id
 * @param tenantId its tenant's id
 * @param portNumber the OpenFlow port it is plugged into
 */
record Plugged(Replica replica, int functionId, int tenantId, int portNumber) implements Placed {}
