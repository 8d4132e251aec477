package io.directfaas.xds.stream;

import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import io.directfaas.xds.store.ResourceStore;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The stream layer behind in-process gRPC, with resources made up by the test as {@code
 * name@version}. Clusters are warmed by endpoints of their own name.
 */
final class Rig implements AutoCloseable {
  private final Map<FunctionRef, List<XdsResource>> resources = new ConcurrentHashMap<>();
  private final TestGraph graph = new TestGraph();
  private final Deque<Runnable> toClose = new ArrayDeque<>();
  final Metrics metrics = new Metrics();
  final StreamRegistry registry;

  Rig() {
    this(StreamLimits.DEFAULT);
  }

  Rig(StreamLimits limits) {
    registry = new StreamRegistry(metrics, limits, Duration.ofMillis(1), Duration.ofMillis(10));
    toClose.push(registry::close);
  }

  private final ResourceFactory factory =
      new ResourceFactory() {
        @Override
        public List<XdsResource> own(Graph target, FunctionRef function) {
          return resources.getOrDefault(function, List.of());
        }

        @Override
        public List<XdsResource> callee(Graph target, FunctionRef function) {
          return List.of();
        }
      };

  static XdsResource resource(ResourceType type, String text) {
    return resource(type, text, 16);
  }

  /** With a body of that many bytes. */
  static XdsResource resource(ResourceType type, String text, int bytes) {
    String[] parts = text.split("@");
    byte[] body = new byte[bytes];
    Arrays.fill(body, (byte) parts[1].hashCode());
    return new XdsResource(
        type,
        parts[0],
        parts[1],
        com.google.protobuf.Any.newBuilder()
            .setTypeUrl(type.url())
            .setValue(com.google.protobuf.ByteString.copyFrom(body))
            .build(),
        type.equals(ResourceType.CLUSTER)
            ? List.of(new ResourceKey(ResourceType.ENDPOINT, parts[0]))
            : List.of());
  }

  /** What a function's clients are to hold from the next publication on. */
  Rig set(String function, XdsResource... all) {
    FunctionRef ref = TestGraph.ref(function);
    if (graph.graph().function(ref).isEmpty()) {
      graph.function(function);
    }
    resources.put(ref, List.of(all));
    return this;
  }

  /** Of one type, as texts. */
  Rig set(String function, ResourceType type, String... all) {
    return set(
        function, Arrays.stream(all).map(text -> resource(type, text)).toArray(XdsResource[]::new));
  }

  private @Nullable XdsResource secret(FunctionRef function, String name) {
    for (XdsResource resource : resources.getOrDefault(function, List.of())) {
      if (resource.type().equals(ResourceType.SECRET) && resource.name().equals(name)) {
        return resource;
      }
    }
    return null;
  }

  /** Publishes what is set, for these functions. Does not wait. */
  synchronized CompletableFuture<List<Laggard>> publish(String... functions) {
    graph.change(delta -> {});
    Set<FunctionRef> touched =
        Arrays.stream(functions)
            .map(TestGraph::ref)
            .collect(java.util.stream.Collectors.toUnmodifiableSet());
    ResourceStore store = ResourceStore.of(graph.graph(), factory, this::secret);
    return registry.publish(
        new ResourceStore.Update(store, touched, touched), Duration.ofSeconds(30));
  }

  /** Publishes and waits until every stream has been told all it may be told now. */
  Rig publishAndPush(String... functions) {
    publish(functions);
    await().atMost(Duration.ofSeconds(30)).until(() -> registry.pushes().size() == 0);
    return this;
  }

  long revision() {
    return graph.graph().revision();
  }

  static WorkloadIdentity identity(String node, String function) {
    return new WorkloadIdentity(node, TestGraph.ref(function));
  }

  /** A channel whose other end takes whoever uses it for this workload. */
  ManagedChannel channel(String node, String function) {
    WorkloadIdentity identity = identity(node, function);
    String name = UUID.randomUUID().toString();
    try {
      Server server =
          InProcessServerBuilder.forName(name)
              .directExecutor()
              .maxInboundMetadataSize(8192)
              .addServices(DiscoveryServices.of(registry, () -> new Peer.Sidecar(identity)))
              .build()
              .start();
      ManagedChannel channel = InProcessChannelBuilder.forName(name).directExecutor().build();
      toClose.push(server::shutdownNow);
      toClose.push(channel::shutdownNow);
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  DeltaClient delta(String node, String function) {
    return new DeltaClient(channel(node, function), node, "acme/" + function);
  }

  SotwClient sotw(String node, String function) {
    return new SotwClient(channel(node, function), node, "acme/" + function);
  }

  @Override
  public void close() {
    while (!toClose.isEmpty()) {
      toClose.pop().run();
    }
  }

  static String digest(String text) {
    return new Digest().add(text).hex();
  }
}
