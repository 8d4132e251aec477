package io.directfaas.gateway.store;

import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.graph.FunctionRef;
import java.util.List;

/**
 * What one change writes, all or nothing.
 *
 * @param revision the revision the graph is at afterwards
 */
public record Rows(
    long revision,
    Counters counters,
    List<NamespaceRow> putNamespaces,
    List<String> removedNamespaces,
    List<FunctionRow> putFunctions,
    List<FunctionRef> removedFunctions,
    List<KnownReplica> putReplicas,
    List<String> removedReplicas) {}
