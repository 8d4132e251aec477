package io.directfaas.sdn.sync;

import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import org.jspecify.annotations.Nullable;

/**
 * A node of the fabric, as it is configured.
 *
 * @param name as the graph's replicas name it
 * @param address where it takes tunnels; null to ask its database
 * @param dpid its bridge's datapath id; 0 to ask its database
 * @param ovsdb its database; null where this adapter has nothing to do with its switch
 */
public record NodeSpec(
    String name, @Nullable Ipv4 address, long dpid, @Nullable OvsdbAddress ovsdb) {}
