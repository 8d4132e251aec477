package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Ipv4;

/**
 * An address as one tenant knows it; to another it may mean someone else.
 *
 * @param tenant whose functions send there
 * @param ip the address
 */
record TenantAddress(String tenant, Ipv4 ip) {}
