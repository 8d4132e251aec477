package io.directfaas.xds;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.mesh.SecretRotation;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.resources.SecretResources;
import io.directfaas.xds.resources.SidecarPorts;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.UnixSocketServers;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The parts and how they hang together: graph, mesh, streams, sockets. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(XdsProperties.class)
class XdsConfiguration {
  @Bean
  Metrics streamMetrics() {
    return new Metrics();
  }

  @Bean
  StreamRegistry streamRegistry(Metrics metrics) {
    return new StreamRegistry(metrics);
  }

  @Bean
  Mesh mesh(XdsProperties properties, StreamRegistry streams, Identities identities) {
    IngressConfig ingress =
        new IngressConfig(
            properties.ingress().address(),
            properties.ingress().port(),
            properties.ingress().networkNamespace(),
            properties.gatewaySocket().toString(),
            properties.defaultNamespace());
    EnvoyResources resources =
        new EnvoyResources(
            ingress, properties.ca().trustDomain(), function -> SidecarPorts.STANDARD);
    return new Mesh(resources, new SecretResources(identities), streams, properties.ackWait());
  }

  @Bean
  Identities identities(XdsProperties properties) {
    XdsProperties.Ca ca = properties.ca();
    return new Identities(
        new CaProperties(
            ca.trustDomain(),
            ca.directory(),
            ca.certificate(),
            ca.key(),
            ca.trustBundle(),
            ca.lifetime()),
        Clock.systemUTC());
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  SecretRotation secretRotation(Identities identities, StreamRegistry streams, Mesh mesh) {
    return new SecretRotation(identities, streams, mesh);
  }

  @Bean(destroyMethod = "close")
  UnixSocketServers sidecarListeners(StreamRegistry streams) {
    return new UnixSocketServers(streams);
  }

  @Bean(destroyMethod = "shutdownNow")
  ManagedChannel graphChannel(XdsProperties properties) {
    return NettyChannelBuilder.forTarget(properties.graphWatch()).usePlaintext().build();
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  GraphWatcher graphWatcher(ManagedChannel graphChannel, Mesh mesh) {
    return GraphWatcher.mesh("xds-server", graphChannel, mesh);
  }
}
