package io.directfaas.xds;

import io.directfaas.graph.activation.RemoteActivator;
import io.directfaas.graph.denied.DeniedCallsReporter;
import io.directfaas.graph.load.LoadReporter;
import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.xds.activation.ColdCallGate;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.load.CallCountService;
import io.directfaas.xds.load.Callees;
import io.directfaas.xds.load.LoadBook;
import io.directfaas.xds.load.LoadReportService;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.mesh.SecretRotation;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.resources.SecretResources;
import io.directfaas.xds.resources.SidecarPorts;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.UnixSocketServers;
import io.directfaas.xds.stream.WorkloadService;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Clock;
import java.util.List;
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

  @Bean(destroyMethod = "close")
  StreamRegistry streamRegistry(Metrics metrics, XdsProperties properties) {
    StreamRegistry streams =
        new StreamRegistry(
            metrics,
            properties.limits().streamLimits(),
            properties.push().quiet(),
            properties.push().most());
    metrics.gauge("revision", "The revision of the graph served", () -> revision(streams));
    return streams;
  }

  private static long revision(StreamRegistry streams) {
    ResourceStore store = streams.store();
    return store == null ? 0 : store.revision();
  }

  @Bean
  Mesh mesh(XdsProperties properties, StreamRegistry streams, Identities identities) {
    IngressConfig ingress =
        new IngressConfig(
            properties.ingress().address(),
            properties.ingress().port(),
            properties.ingress().networkNamespace(),
            properties.gatewaySocket().toString(),
            properties.defaultNamespace(),
            properties.queueSocket() == null ? null : properties.queueSocket().toString());
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
            ca.lifetime(),
            ca.renewAfter()),
        Clock.systemUTC());
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  SecretRotation secretRotation(Identities identities, StreamRegistry streams, Mesh mesh) {
    return new SecretRotation(identities, streams, mesh);
  }

  @Bean
  LoadBook loadBook() {
    return new LoadBook();
  }

  /** What the graph of the moment lets a workload say of its calls. */
  @Bean
  Callees callees(StreamRegistry streams) {
    return new Callees(
        () -> {
          ResourceStore store = streams.store();
          return store == null ? null : store.graph();
        });
  }

  @Bean(destroyMethod = "close")
  LoadReporter loadReporter(
      ManagedChannel graphChannel, LoadBook loadBook, XdsProperties properties) {
    return new LoadReporter("xds-server", graphChannel, properties.loadInterval(), loadBook::loads);
  }

  @Bean
  CallCountService callCountService(
      Callees callees, LoadReporter loadReporter, DeniedCallsReporter deniedCallsReporter) {
    return new CallCountService(callees, loadReporter::report, deniedCallsReporter::saw);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  DeniedCallsReporter deniedCallsReporter(ManagedChannel graphChannel, XdsProperties properties) {
    return new DeniedCallsReporter("mesh", graphChannel, properties.loadInterval());
  }

  @Bean(destroyMethod = "close")
  LoadReportService loadReportService(
      LoadBook loadBook, Callees callees, XdsProperties properties) {
    return new LoadReportService(loadBook, callees, properties.loadInterval());
  }

  @Bean
  ColdCallGate coldCallGate(
      ManagedChannel graphChannel, StreamRegistry streams, XdsProperties properties) {
    return new ColdCallGate(
        new RemoteActivator(graphChannel, properties.activationTimeout()), streams);
  }

  @Bean(destroyMethod = "close")
  UnixSocketServers sidecarListeners(StreamRegistry streams, List<WorkloadService> services) {
    return new UnixSocketServers(streams, services);
  }

  @Bean(destroyMethod = "close")
  TcpAccess tcpAccess(
      XdsProperties properties,
      Identities identities,
      StreamRegistry streams,
      LoadReportService loads,
      CallCountService counts) {
    // Not the gate of cold calls: nobody waits for clients to take an address.
    return new TcpAccess(properties, identities, streams, List.of(loads, counts));
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
