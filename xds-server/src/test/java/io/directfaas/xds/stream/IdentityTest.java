package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.xds.envoy.StreamAnswers;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TestServer;
import io.directfaas.xds.envoy.TestServer.Layout;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The socket is the identity, whatever the node says. */
class IdentityTest {
  @TempDir Path directory;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final TestGraph graph = new TestGraph().function("a").function("b").edges("a", "b");
  private Layout layout;
  private TestServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    layout = Layout.in(directory);
    server = TestServer.start(layout);
    server.goWhole(graph);
    server.open(layout, "a1", TestGraph.ref("a"));
    channel = connect(layout.xdsSocket("a1"));
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private ManagedChannel connect(Path socket) {
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .eventLoopGroup(group)
        .usePlaintext()
        .overrideAuthority("localhost")
        .build();
  }

  private final class Stream extends StreamAnswers<DeltaDiscoveryResponse> {
    final StreamObserver<DeltaDiscoveryRequest> requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);

    void ask(Node node, ResourceType type, String... names) {
      DeltaDiscoveryRequest.Builder request =
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(type.url())
              .addAllResourceNamesSubscribe(List.of(names));
      if (!node.equals(Node.getDefaultInstance())) {
        request.setNode(node);
      }
      requests.onNext(request.build());
    }
  }

  private static Node node(String id, String cluster) {
    return Node.newBuilder().setId(id).setCluster(cluster).build();
  }

  private static final Node NONE = Node.getDefaultInstance();

  @Test
  void theSocketBelongsToItsOwnerAlone() throws Exception {
    Path socket = layout.xdsSocket("u1");
    Files.createFile(socket);
    TestServer other = TestServer.start(layout);
    try (UnixSocketServers sockets = new UnixSocketServers(new StreamRegistry(new Metrics()))) {
      sockets.open(
          socket, new io.directfaas.xds.WorkloadIdentity("u1", TestGraph.ref("a")), 4711, 4712);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(Files.getAttribute(socket, "unix:uid")).isEqualTo(4711);
      assertThat(Files.getAttribute(socket, "unix:gid")).isEqualTo(4712);
    } finally {
      other.close();
    }
    assertThat(Files.exists(socket)).isFalse();
  }

  @Test
  void aNodeOfAnotherIdIsRefused() throws Exception {
    Stream stream = new Stream();
    stream.ask(node("b1", "acme/a"), ResourceType.CLUSTER);
    Status status = stream.end.get(10, TimeUnit.SECONDS);
    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription()).contains("node.id", "b1", "a1");
    assertThat(stream.all).isEmpty();
  }

  @Test
  void aNodeOfAnotherFunctionIsRefused() throws Exception {
    Stream stream = new Stream();
    stream.ask(node("a1", "globex/spy"), ResourceType.CLUSTER);
    Status status = stream.end.get(10, TimeUnit.SECONDS);
    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription()).contains("node.cluster", "globex/spy");
  }

  @Test
  void aStreamWithoutANodeIsRefused() throws Exception {
    Stream stream = new Stream();
    stream.ask(NONE, ResourceType.CLUSTER);
    assertThat(stream.end.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void theNodeMayChangeItsMindNoMore() throws Exception {
    Stream stream = new Stream();
    stream.ask(node("a1", "acme/a"), ResourceType.CLUSTER);
    await().until(() -> stream.all.size() == 1);
    stream.ask(node("a1", "acme/b"), ResourceType.LISTENER);
    assertThat(stream.end.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void theNodeIsNeededInTheFirstRequestOnlyAndForeignNamesDoNotExist() throws Exception {
    Stream stream = new Stream();
    stream.ask(node("a1", "acme/a"), ResourceType.CLUSTER);
    await().until(() -> stream.all.size() == 1);
    assertThat(stream.all.getFirst().getResourcesList())
        .extracting(io.envoyproxy.envoy.service.discovery.v3.Resource::getName)
        .containsExactly("fn/acme/b");
    stream.ask(NONE, ResourceType.ENDPOINT, "fn/acme/a", "fn/acme/b");
    await().until(() -> stream.all.size() == 2);
    assertThat(stream.all.get(1).getRemovedResourcesList()).containsExactly("fn/acme/a");
    assertThat(stream.all.get(1).getResourcesCount()).isEqualTo(1);
  }

  @Test
  void anUnknownTypeIsAnsweredAndTheStreamLives() throws Exception {
    Stream stream = new Stream();
    stream.requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setNode(node("a1", "acme/a"))
            .setTypeUrl("type.googleapis.com/no.Such")
            .addResourceNamesSubscribe("x")
            .build());
    await().until(() -> stream.all.size() == 1);
    assertThat(stream.all.getFirst().getRemovedResourcesList()).containsExactly("x");
    stream.ask(NONE, ResourceType.CLUSTER);
    await().until(() -> stream.all.size() == 2);
    assertThat(stream.end).isNotDone();
  }

  @Test
  void moreStreamsThanAWorkloadNeedsPushOutOneAnother() throws Exception {
    List<Stream> streams = new java.util.ArrayList<>();
    for (int i = 0; i < 19; i++) {
      Stream stream = new Stream();
      stream.ask(node("a1", "acme/a"), ResourceType.CLUSTER);
      await().until(() -> !stream.all.isEmpty());
      streams.add(stream);
    }
    await().until(() -> server.metrics.streams.get() <= 16);
    // The oldest go, and are told why.
    for (Stream oldest : streams.subList(0, 3)) {
      Status status = oldest.end.get(10, TimeUnit.SECONDS);
      assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(status.getDescription()).contains("streams-per-workload of 16");
    }
    assertThat(streams.stream().filter(stream -> stream.end.isDone())).hasSize(3);
  }
}
