package io.directfaas.gateway.store;

import io.directfaas.gateway.provider.KnownReplica;
import java.util.List;

/**
 * All that is stored of the graph.
 *
 * @param graphId which graph this is, made when the store was
 * @param revision the revision it stands at; 0 when nothing was ever stored
 */
public record StoredState(
    String graphId,
    long revision,
    Counters counters,
    List<NamespaceRow> namespaces,
    List<FunctionRow> functions,
    List<KnownReplica> replicas) {}
