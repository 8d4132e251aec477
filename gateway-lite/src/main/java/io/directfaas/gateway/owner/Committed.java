package io.directfaas.gateway.owner;

/**
 * A change that is stored.
 *
 * @param revision the revision that holds it
 * @param removes whether it takes something out of the graph, so that it is in force everywhere
 *     only when the fabric has closed what it removed
 */
public record Committed(long revision, boolean removes) {}
