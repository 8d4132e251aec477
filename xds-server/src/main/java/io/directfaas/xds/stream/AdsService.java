package io.directfaas.xds.stream;

import io.directfaas.xds.identity.Peer;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** The aggregated discovery service, for whoever each call's connection proves to be there. */
final class AdsService extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
  private final Supplier<Peer> peer;
  private final StreamRegistry registry;
  private final Executor executor;
  private final ScheduledExecutorService timer;

  /**
   * @param peer asked once per stream, in the stream's gRPC context
   */
  AdsService(
      Supplier<Peer> peer,
      StreamRegistry registry,
      Executor executor,
      ScheduledExecutorService timer) {
    this.peer = peer;
    this.registry = registry;
    this.executor = executor;
    this.timer = timer;
  }

  @Override
  public StreamObserver<DiscoveryRequest> streamAggregatedResources(
      StreamObserver<DiscoveryResponse> client) {
    return open(new Wire.Sotw(), client);
  }

  @Override
  public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
      StreamObserver<DeltaDiscoveryResponse> client) {
    return open(new Wire.Delta(), client);
  }

  private <Q, P> StreamObserver<Q> open(Wire<Q, P> wire, StreamObserver<P> client) {
    AdsStream<Q, P> stream =
        new AdsStream<>(
            wire, (ServerCallStreamObserver<P>) client, peer.get(), registry, executor, timer);
    stream.start();
    return stream;
  }
}
