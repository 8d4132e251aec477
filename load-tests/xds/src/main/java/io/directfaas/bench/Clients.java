package io.directfaas.bench;

import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Clients that ask and ack as Envoy does, keep the versions of what they hold, and reconnect. */
final class Clients {
  private static final int PER_CONNECTION = 100;
  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor();

  private Clients() {}

  static void run(int clients, int port) throws InterruptedException {
    List<ManagedChannel> channels = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      if (i % PER_CONNECTION == 0) {
        channels.add(
            NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build());
      }
      new Client(i, channels.getLast()).connect();
    }
    Thread.currentThread().join();
  }

  private static final class Client implements StreamObserver<DeltaDiscoveryResponse> {
    private final int number;
    private final ManagedChannel channel;
    private final Map<ResourceType, Map<String, String>> held = new HashMap<>();
    private @Nullable StreamObserver<DeltaDiscoveryRequest> requests;
    private boolean introduced;

    Client(int number, ManagedChannel channel) {
      this.number = number;
      this.channel = channel;
    }

    synchronized void connect() {
      introduced = false;
      channel.resetConnectBackoff();
      Metadata headers = new Metadata();
      headers.put(Bench.NODE, Integer.toString(number));
      requests =
          AggregatedDiscoveryServiceGrpc.newStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .deltaAggregatedResources(this);
      ask(ResourceType.CLUSTER, List.of());
      if (held.containsKey(ResourceType.ENDPOINT)) {
        ask(ResourceType.ENDPOINT, held(ResourceType.ENDPOINT).keySet());
      }
      ask(ResourceType.LISTENER, List.of());
      if (held.containsKey(ResourceType.ROUTE)) {
        ask(ResourceType.ROUTE, held(ResourceType.ROUTE).keySet());
      }
    }

    private Map<String, String> held(ResourceType type) {
      return held.computeIfAbsent(type, t -> new HashMap<>());
    }

    private void ask(ResourceType type, Iterable<String> names) {
      DeltaDiscoveryRequest.Builder request =
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(type.url())
              .addAllResourceNamesSubscribe(names);
      if (held.containsKey(type) && introducesNothingNew(type, names)) {
        request.putAllInitialResourceVersions(held(type));
      }
      send(request);
    }

    private boolean introducesNothingNew(ResourceType type, Iterable<String> names) {
      for (String name : names) {
        if (!held(type).containsKey(name)) {
          return false;
        }
      }
      return true;
    }

    private void send(DeltaDiscoveryRequest.Builder request) {
      StreamObserver<DeltaDiscoveryRequest> stream = requests;
      if (stream == null) {
        return;
      }
      if (!introduced) {
        introduced = true;
        request.setNode(Node.newBuilder().setId("r" + number).setCluster("bench/f" + number));
      }
      stream.onNext(request.build());
    }

    @Override
    public synchronized void onNext(DeltaDiscoveryResponse response) {
      ResourceType type = ResourceType.of(response.getTypeUrl());
      List<String> fresh = new ArrayList<>();
      for (Resource resource : response.getResourcesList()) {
        if (held(type).put(resource.getName(), resource.getVersion()) == null) {
          fresh.add(resource.getName());
        }
      }
      response.getRemovedResourcesList().forEach(held(type)::remove);
      send(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(response.getTypeUrl())
              .setResponseNonce(response.getNonce()));
      if (type.equals(ResourceType.CLUSTER) && !fresh.isEmpty()) {
        ask(ResourceType.ENDPOINT, fresh);
      } else if (type.equals(ResourceType.LISTENER) && !fresh.isEmpty()) {
        ask(ResourceType.ROUTE, List.of("outbound/bench/f" + number));
      }
    }

    @Override
    public void onError(Throwable error) {
      reconnect();
    }

    @Override
    public void onCompleted() {
      reconnect();
    }

    private synchronized void reconnect() {
      requests = null;
      var unused =
          TIMER.schedule(
              this::connect, 100 + ThreadLocalRandom.current().nextInt(900), TimeUnit.MILLISECONDS);
    }
  }
}
