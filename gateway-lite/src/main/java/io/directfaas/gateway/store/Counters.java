package io.directfaas.gateway.store;

/**
 * Numbers that only grow, so that nothing new is taken for something old.
 *
 * @param functionId the function id given last
 * @param tenantId the tenant id given last
 * @param generation the generation given last
 */
public record Counters(int functionId, int tenantId, long generation) {}
