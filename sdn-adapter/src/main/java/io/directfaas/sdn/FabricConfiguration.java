package io.directfaas.sdn;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import io.directfaas.sdn.ovsdb.PortWatch;
import io.directfaas.sdn.ovsdb.TunnelConfig;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.SwitchSync;
import io.directfaas.sdn.sync.SyncConfig;
import io.directfaas.sdn.sync.Wakeup;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What runs: the two connections to Open vSwitch, the one to the graph, and the sync between. */
@Configuration(proxyBeanMethods = false)
class FabricConfiguration {

  @Bean
  Wakeup wakeup() {
    return new Wakeup();
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  SwitchConnection switchConnection(SdnProperties properties, Wakeup wakeup) {
    return new SwitchConnection(
        SwitchAddress.unix(properties.openflowSocket()), SessionConfig.defaults(), wakeup::signal);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  PortWatch portWatch(SdnProperties properties, Wakeup wakeup) {
    return new PortWatch(
        new OvsdbAddress.Unix(properties.ovsdbSocket()),
        null,
        properties.bridge(),
        TunnelConfig.NONE,
        wakeup::signal);
  }

  @Bean(destroyMethod = "close")
  FabricSync fabricSync(
      SdnProperties properties, SwitchConnection connection, PortWatch portWatch, Wakeup wakeup) {
    SyncConfig config =
        new SyncConfig(
            properties.auditInterval(),
            properties.portWait(),
            properties.switchWait(),
            properties.lostAfter());
    FabricSync sync = new FabricSync(config);
    sync.join(new SwitchSync("", config, connection, portWatch, wakeup));
    return sync;
  }

  @Bean(destroyMethod = "shutdownNow")
  ManagedChannel graphChannel(SdnProperties properties) {
    return NettyChannelBuilder.forTarget(properties.graphWatch()).usePlaintext().build();
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  GraphWatcher graphWatcher(
      SdnProperties properties, ManagedChannel graphChannel, FabricSync fabricSync) {
    return GraphWatcher.fabric(properties.name(), graphChannel, fabricSync);
  }
}
