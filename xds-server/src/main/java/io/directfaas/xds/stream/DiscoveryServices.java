package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.extension.v3.ExtensionConfigDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.listener.v3.ListenerDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.RouteDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.VirtualHostDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.runtime.v3.RuntimeDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The discovery services, aggregated and per type, both variants, and the service of client status:
 * one more type is one more line here. Add them to any gRPC server; what they share is in the
 * registry.
 */
public final class DiscoveryServices {
  private final StreamRegistry registry;
  private final Supplier<Peer> caller;

  private DiscoveryServices(StreamRegistry registry, Supplier<Peer> caller) {
    this.registry = registry;
    this.caller = caller;
  }

  /**
   * @param caller who opens a stream, as its socket or credentials prove; asked on the gRPC thread
   *     when a stream opens, within the call's {@link io.grpc.Context}
   */
  public static List<ServerServiceDefinition> of(StreamRegistry registry, Supplier<Peer> caller) {
    DiscoveryServices services = new DiscoveryServices(registry, caller);
    return List.of(
        services.service(
            null,
            AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod()),
        services.service(
            ResourceType.LISTENER,
            ListenerDiscoveryServiceGrpc.getStreamListenersMethod(),
            ListenerDiscoveryServiceGrpc.getDeltaListenersMethod()),
        services.service(
            ResourceType.ROUTE,
            RouteDiscoveryServiceGrpc.getStreamRoutesMethod(),
            RouteDiscoveryServiceGrpc.getDeltaRoutesMethod()),
        services.service(
            ResourceType.VIRTUAL_HOST,
            null,
            VirtualHostDiscoveryServiceGrpc.getDeltaVirtualHostsMethod()),
        services.service(
            ResourceType.CLUSTER,
            ClusterDiscoveryServiceGrpc.getStreamClustersMethod(),
            ClusterDiscoveryServiceGrpc.getDeltaClustersMethod()),
        services.service(
            ResourceType.ENDPOINT,
            EndpointDiscoveryServiceGrpc.getStreamEndpointsMethod(),
            EndpointDiscoveryServiceGrpc.getDeltaEndpointsMethod()),
        services.service(
            ResourceType.SECRET,
            SecretDiscoveryServiceGrpc.getStreamSecretsMethod(),
            SecretDiscoveryServiceGrpc.getDeltaSecretsMethod()),
        services.service(
            ResourceType.EXTENSION_CONFIG,
            ExtensionConfigDiscoveryServiceGrpc.getStreamExtensionConfigsMethod(),
            ExtensionConfigDiscoveryServiceGrpc.getDeltaExtensionConfigsMethod()),
        services.service(
            ResourceType.RUNTIME,
            RuntimeDiscoveryServiceGrpc.getStreamRuntimeMethod(),
            RuntimeDiscoveryServiceGrpc.getDeltaRuntimeMethod()),
        new ClientStatusService(new Inspection(registry), () -> services.visible(caller.get()))
            .bindService());
  }

  /** A sidecar sees itself; a client's credential is its function's, so it sees that's clients. */
  private List<WorkloadIdentity> visible(Peer peer) {
    return switch (peer) {
      case Peer.Sidecar sidecar -> List.of(sidecar.identity());
      case Peer.Client client -> registry.clientsNamed(client.function());
    };
  }

  private ServerServiceDefinition service(
      @Nullable ResourceType only,
      @Nullable MethodDescriptor<DiscoveryRequest, DiscoveryResponse> sotw,
      MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta) {
    ServerServiceDefinition.Builder service =
        ServerServiceDefinition.builder(Objects.requireNonNull(delta.getServiceName()));
    if (sotw != null) {
      Wire.Sotw wire = new Wire.Sotw(only);
      service.addMethod(sotw, ServerCalls.asyncBidiStreamingCall(client -> open(wire, client)));
    }
    Wire.Delta wire = new Wire.Delta(only);
    service.addMethod(delta, ServerCalls.asyncBidiStreamingCall(client -> open(wire, client)));
    return service.build();
  }

  private <Q, P> StreamObserver<Q> open(Wire<Q, P> wire, StreamObserver<P> client) {
    AdsStream<Q, P> stream =
        new AdsStream<>(
            wire, wire.only(), (ServerCallStreamObserver<P>) client, caller.get(), registry);
    stream.start();
    return stream;
  }
}
