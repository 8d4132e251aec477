package io.directfaas.gateway.provider;

import io.directfaas.graph.Replica;

/**
 * A replica with the generation of the function it was started from.
 *
 * @param replica as it stands in the graph
 * @param generation of {@link DesiredFunction#generation()} when it was started
 */
public record KnownReplica(Replica replica, long generation) {}
