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
    @DefaultValue("60s") Duration lostAfter) {}
