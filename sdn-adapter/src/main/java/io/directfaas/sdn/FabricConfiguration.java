package io.directfaas.sdn;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.openflow.TlsFiles;
import io.directfaas.sdn.sync.FabricSync;
import io.directfaas.sdn.sync.FileLease;
import io.directfaas.sdn.sync.Leadership;
import io.directfaas.sdn.sync.SyncConfig;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What runs: the ways to the switches, the one to the graph, and the sync between. */
@Configuration(proxyBeanMethods = false)
class FabricConfiguration {

  @Bean
  SyncConfig syncConfig(SdnProperties properties) {
    return new SyncConfig(
        properties.auditInterval(),
        properties.portWait(),
        properties.switchWait(),
        properties.lostAfter());
  }

  @Bean(destroyMethod = "close")
  FabricSync fabricSync(SyncConfig config) {
    return new FabricSync(config);
  }

  /** Started by {@link SwitchesBean}, last of all. */
  @Bean
  Leadership leadership(SdnProperties properties) {
    return properties.leaseFile().isEmpty()
        ? Leadership.ALONE
        : new FileLease(Path.of(properties.leaseFile()));
  }

  /**
   * No bean: Spring makes each Optional that is asked for itself, out of a bean of what is in it.
   */
  private static Optional<TlsFiles> tlsFiles(SdnProperties properties) {
    boolean none =
        properties.tlsKey().isEmpty()
            && properties.tlsCertificate().isEmpty()
            && properties.tlsCa().isEmpty();
    if (none) {
      return Optional.empty();
    }
    if (properties.tlsKey().isEmpty()
        || properties.tlsCertificate().isEmpty()
        || properties.tlsCa().isEmpty()) {
      throw new IllegalArgumentException(
          "directfaas.sdn: tls-key, tls-certificate and tls-ca must all be given, or none");
    }
    return Optional.of(
        new TlsFiles(
            Path.of(properties.tlsKey()),
            Path.of(properties.tlsCertificate()),
            Path.of(properties.tlsCa())));
  }

  @Bean(destroyMethod = "shutdownNow")
  ManagedChannel graphChannel(SdnProperties properties) {
    return NettyChannelBuilder.forTarget(properties.graphWatch()).usePlaintext().build();
  }

  /** Started by {@link SwitchesBean}: one that stands by must not ack what it does not write. */
  @Bean(destroyMethod = "close")
  GraphWatcher graphWatcher(
      SdnProperties properties, ManagedChannel graphChannel, FabricSync fabricSync) {
    return GraphWatcher.fabric(properties.name(), graphChannel, fabricSync);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  SwitchesBean switches(
      SdnProperties properties,
      SyncConfig config,
      FabricSync sync,
      Leadership leadership,
      GraphWatcher watcher) {
    return new SwitchesBean(properties, config, sync, leadership, tlsFiles(properties), watcher);
  }
}
