package io.directfaas.xds;

import io.directfaas.graph.FunctionRef;

/**
 * Who a client of the control plane is, as its credentials or its socket prove.
 *
 * @param nodeId the xDS node id: its replica's id
 * @param function the function it is a replica of; the xDS node cluster
 */
public record WorkloadIdentity(String nodeId, FunctionRef function) {}
