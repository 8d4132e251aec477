package io.directfaas.sdn;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be configured, as {@code directfaas.sdn.*}. The HTTP server adds {@code http-address}
 * and {@code http-port}.
 *
 * @param name how this adapter is called in the graph's watch; stable over restarts
 * @param graphWatch where the graph is watched, a gRPC target such as {@code host:port}
 * @param openflowSocket the bridge's management socket
 * @param ovsdbSocket the socket of Open vSwitch's database
 * @param bridge the bridge's name
 * @param auditInterval how often the switch is compared though nothing has changed
 * @param portWait how long a change waits for the ports of replicas it brings
 * @param switchWait how long a change waits for a switch that is away, before it counts as failed
 * @param lostAfter after how long a switch of several that is away is no longer waited for by what
 *     is to be closed
 * @param listen where switches connect, {@code tcp:ADDRESS:PORT} or {@code ssl:ADDRESS:PORT}; empty
 *     to connect to the one switch at {@code openflowSocket} instead
 * @param nodesFile the nodes of the fabric, a file as {@link io.directfaas.sdn.sync.NodesFile}
 *     reads it; empty where there is one node only
 * @param node the name of the node this adapter is on, where it connects to one switch of several
 * @param tunnelType geneve or vxlan, the same on all nodes; empty for no tunnels
 * @param tunnelMtu the largest packet, in bytes, that passes the underlay inside a tunnel: its MTU
 *     less 50
 * @param tlsKey this adapter's private key, a PEM file; with {@code tlsCertificate} and {@code
 *     tlsCa}
 * @param tlsCertificate its certificate
 * @param tlsCa the certificates of those who may vouch for switches and databases
 * @param leaseFile a file that the adapters which stand in for each other share; empty for an
 *     adapter that is the only one
 */
@ConfigurationProperties("directfaas.sdn")
public record SdnProperties(
    @DefaultValue("sdn-adapter") String name,
    @DefaultValue("127.0.0.1:9010") String graphWatch,
    @DefaultValue("/run/directfaas/ovs/df0.mgmt") Path openflowSocket,
    @DefaultValue("/run/directfaas/ovs/db.sock") Path ovsdbSocket,
    @DefaultValue("df0") String bridge,
    @DefaultValue("30s") Duration auditInterval,
    @DefaultValue("2s") Duration portWait,
    @DefaultValue("5s") Duration switchWait,
    @DefaultValue("60s") Duration lostAfter,
    @DefaultValue("") String listen,
    @DefaultValue("") String nodesFile,
    @DefaultValue("") String node,
    @DefaultValue("") String tunnelType,
    @DefaultValue("1450") int tunnelMtu,
    @DefaultValue("") String tlsKey,
    @DefaultValue("") String tlsCertificate,
    @DefaultValue("") String tlsCa,
    @DefaultValue("") String leaseFile) {}
