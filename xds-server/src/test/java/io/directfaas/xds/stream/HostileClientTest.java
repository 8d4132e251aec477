package io.directfaas.xds.stream;

import static io.directfaas.xds.protocol.ResourceType.CLUSTER;
import static io.directfaas.xds.protocol.ResourceType.ENDPOINT;
import static io.directfaas.xds.protocol.ResourceType.LISTENER;
import static io.directfaas.xds.stream.Rig.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A workload that does everything wrong on purpose, beside one that does not. What is compared is
 * what each is sent, not how long it takes.
 */
class HostileClientTest {
  private final Rig rig = new Rig();
  private DeltaClient honest;
  private int version;

  @BeforeEach
  void start() {
    rig.set("victim", resource(LISTENER, "theirs@0"), resource(ENDPOINT, "theirs@0"));
    rig.set("evil", resource(LISTENER, "own@0"), resource(ENDPOINT, "own@0"));
    rig.publishAndPush("victim", "evil");
    honest = rig.delta("victim1", "victim").subscribe(LISTENER).gets("Listener: theirs@0");
    honest.getsNothing();
  }

  @AfterEach
  void close() {
    rig.close();
  }

  /** Every change of the honest one reaches it, and is acked without a laggard. */
  private void honestIsServed() throws Exception {
    for (int i = 0; i < 5; i++) {
      version++;
      rig.set("victim", resource(LISTENER, "theirs@" + version));
      var live = rig.publish("victim");
      honest.gets("Listener: theirs@" + version);
      assertThat(live.get()).isEqualTo(List.<Laggard>of());
    }
  }

  private static MethodDescriptor<byte[], DeltaDiscoveryResponse> raw() {
    MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method =
        AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod();
    return method.toBuilder(new Bytes(), method.getResponseMarshaller()).build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void randomBytesEndTheirOwnStreamAtMost() throws Exception {
    ManagedChannel channel = rig.channel("evil1", "evil");
    Random random = new Random(4);
    for (int i = 0; i < 25; i++) {
      RawStream<byte[], DeltaDiscoveryResponse> stream =
          new RawStream<>(channel, raw(), "evil1", "acme/evil", -1);
      byte[] garbage = new byte[random.nextInt(2_000)];
      random.nextBytes(garbage);
      stream.send(garbage);
      // Nothing, or something without a node, or with a strange one: refused in any case.
      stream.requests().onCompleted();
      assertThat(stream.ended()).isNotNull();
    }
    honestIsServed();
    await().until(() -> rig.registry.streams().size() == 1);
  }

  @Test
  void randomRequestsNeverShowAForeignResource() throws Exception {
    DeltaClient evil = rig.delta("evil1", "evil");
    Random random = new Random(5);
    List<String> names = List.of("theirs", "own", "*", "", "theirs@0", "../theirs", "own/theirs");
    List<String> types = new ArrayList<>();
    ResourceType.SERVED.forEach(type -> types.add(type.url()));
    types.add("type.googleapis.com/what.Ever");
    for (int i = 0; i < 600; i++) {
      DeltaDiscoveryRequest.Builder request =
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(types.get(random.nextInt(types.size())))
              .setResponseNonce(Integer.toString(random.nextInt(40)))
              .addResourceNamesSubscribe(names.get(random.nextInt(names.size())))
              .addResourceNamesUnsubscribe(names.get(random.nextInt(names.size())));
      if (random.nextInt(3) == 0) {
        request.putInitialResourceVersions(names.get(random.nextInt(names.size())), "0");
      }
      if (random.nextInt(2) == 0) {
        request.setErrorDetail(
            com.google.rpc.Status.newBuilder().setCode(random.nextInt()).setMessage("x"));
      }
      evil.request(request);
    }
    evil.requests().onCompleted();
    assertThat(evil.ended().getCode()).isEqualTo(Status.Code.OK);
    Set<String> seen = new HashSet<>();
    evil.responses.forEach(r -> r.getResourcesList().forEach(x -> seen.add(x.getName())));
    assertThat(seen).isSubsetOf("own");
    honestIsServed();
  }

  @Test
  void moreNamesThanThereCanBeReasonForAreRefusedByName() throws Exception {
    DeltaClient evil = rig.delta("evil1", "evil");
    String[] names = IntStream.range(0, 100_000).mapToObj(i -> "n" + i).toArray(String[]::new);
    evil.subscribe(ENDPOINT, names);
    Status status = evil.ended();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).contains("100000 names", "at most 1001");
    assertThat(evil.responses).isEmpty();

    DeltaClient longName = rig.delta("evil2", "evil").subscribe(ENDPOINT, "x".repeat(2_000));
    assertThat(longName.ended().getDescription()).contains("2000 characters", "at most 1024");

    DeltaClient types = rig.delta("evil3", "evil");
    for (int i = 0; i < 33; i++) {
      types.subscribe(ResourceType.of("type.googleapis.com/t.T" + i), "x");
    }
    assertThat(types.ended().getDescription()).contains("more than 32 types");
    honestIsServed();
  }

  @Test
  void aThousandStreamsCostTheirOwnerAlone() throws Exception {
    ManagedChannel channel = rig.channel("evil1", "evil");
    List<DeltaClient> streams = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      streams.add(new DeltaClient(channel, "evil1", "acme/evil").subscribe(LISTENER));
    }
    await().until(() -> streams.stream().filter(s -> !s.end.isDone()).count() <= 16);
    for (DeltaClient stream : streams) {
      if (stream.end.isDone()) {
        assertThat(stream.ended().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(stream.ended().getDescription()).contains("per-workload");
      }
    }
    await().until(() -> rig.registry.streams().size() <= 17);
    honestIsServed();
  }

  @Test
  void aSlowReaderCostsOneResponsePerType() throws Exception {
    int large = 300_000;
    ManagedChannel channel = rig.channel("slow1", "slow");
    rig.set("slow", resource(LISTENER, "l0@0", large)).publishAndPush("slow");
    DeltaClient slow =
        new DeltaClient(
            channel,
            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
            "slow1",
            "acme/slow",
            0);
    slow.subscribe(LISTENER);
    for (int i = 1; i <= 200; i++) {
      rig.set("slow", resource(LISTENER, "l0@" + i, large)).publish("slow");
    }
    honestIsServed();
    await().until(() -> rig.registry.pushes().size() == 0);
    // 200 versions were published; of them one is on its way at most, and no queue grows.
    assertThat(rig.metrics.resourcesSent(LISTENER.url())).isLessThanOrEqualTo(1 + 1 + 5L);
    slow.requests().request(1);
    assertThat(DeltaClient.text(slow.next())).startsWith("Listener: l0@");
  }

  @Test
  void whoNeverAnswersIsWaitedForOnceAndSlowsNobodyAfterwards() throws Exception {
    honestIsServed();
    DeltaClient mute = rig.delta("evil1", "evil").subscribe(LISTENER).gets("Listener: own@0");
    mute.getsNothing();
    rig.set("evil", resource(LISTENER, "own@1"));
    var first = rig.publish("evil", "victim");
    DeltaDiscoveryResponse unanswered = mute.next();
    assertThat(first).isNotDone();
    rig.registry.streams().stream()
        .filter(s -> s.identity().nodeId().equals("evil1"))
        .forEach(AdsStream::markLagging);
    rig.set("evil", resource(LISTENER, "own@2"));
    List<Laggard> laggards = rig.publish("evil", "victim").get();
    assertThat(laggards).extracting(Laggard::who).containsExactly("evil1");
    honestIsServed();
    // It catches up, and is waited for again.
    mute.ack(unanswered).gets("Listener: own@2").getsNothing();
    rig.set("evil", resource(LISTENER, "own@3"));
    var last = rig.publish("evil");
    mute.gets("Listener: own@3");
    assertThat(last.get()).isEmpty();
  }

  @Test
  void longResponsesAreCutAndEndComplete() {
    XdsResource[] many =
        IntStream.range(0, 40)
            .mapToObj(i -> resource(CLUSTER, "c%02d@1".formatted(i), 100_000))
            .toArray(XdsResource[]::new);
    rig.set("big", many).publishAndPush("big");
    DeltaClient client = rig.delta("big1", "big").subscribe(CLUSTER);
    Set<String> got = new HashSet<>();
    while (got.size() < 40) {
      DeltaDiscoveryResponse response = client.next();
      assertThat(response.getSerializedSize()).isLessThanOrEqualTo(1 << 20);
      response.getResourcesList().forEach(r -> assertThat(got.add(r.getName())).isTrue());
      client.ack(response);
    }
    client.getsNothing();
  }

  @Test
  void aStreamOfOneTypeCarriesThatAloneAndIsNamedWhenItDoesNot() throws Exception {
    rig.set("typed", resource(CLUSTER, "c@1"), resource(LISTENER, "l@1")).publishAndPush("typed");
    ManagedChannel channel = rig.channel("typed1", "typed");
    DeltaClient clusters =
        new DeltaClient(
            channel,
            ClusterDiscoveryServiceGrpc.getDeltaClustersMethod(),
            "typed1",
            "acme/typed",
            -1);
    // The type goes without saying.
    clusters.request(DeltaDiscoveryRequest.newBuilder()).gets("Cluster: c@1");
    rig.set("typed", resource(CLUSTER, "c@2"), resource(LISTENER, "l@1"));
    var live = rig.publish("typed");
    clusters.gets("Cluster: c@2");
    assertThat(live.get()).isEmpty();
    clusters.subscribe(LISTENER);
    Status status = clusters.ended();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("type_url", LISTENER.url());
  }

  @Test
  void clientStatusShowsAWorkloadItselfAndNobodyElse() {
    ManagedChannel channel = rig.channel("evil1", "evil");
    DeltaClient evil = new DeltaClient(channel, "evil1", "acme/evil");
    evil.subscribe(LISTENER).gets("Listener: own@0");
    evil.subscribe(ENDPOINT, "own", "theirs").refuses("ClusterLoadAssignment: own@0 -theirs");
    evil.getsNothing();
    var answer =
        ClientStatusDiscoveryServiceGrpc.newBlockingStub(channel)
            .fetchClientStatus(
                ClientStatusRequest.newBuilder()
                    .setNode(Node.newBuilder().setId("victim1"))
                    .build());
    assertThat(answer.getConfigList()).hasSize(1);
    ClientConfig config = answer.getConfig(0);
    assertThat(config.getNode().getId()).isEqualTo("evil1");
    assertThat(config.getGenericXdsConfigsList())
        .filteredOn(x -> !x.getName().equals("probe"))
        .extracting(x -> x.getName() + " " + x.getConfigStatus() + " " + x.getClientStatus())
        .containsExactlyInAnyOrder(
            "own SYNCED ACKED", "own ERROR NACKED", "theirs NOT_SENT DOES_NOT_EXIST");
    assertThat(config.getGenericXdsConfigsList())
        .anySatisfy(
            x -> {
              assertThat(x.getErrorState().getDetails()).isEqualTo("bad");
              assertThat(x.getErrorState().getVersionInfo()).isEqualTo("0");
            });
  }

  // ---- memory

  /** What is reachable; the collector of the tests is a full and exact one. */
  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void namesCostBoundedMemoryWhateverTheirNumberLengthAndTypes() throws Exception {
    long before = usedMemory();
    ManagedChannel channel = rig.channel("evil1", "evil");
    String pad = "x".repeat(1000);
    int refused = 0;
    for (int i = 0; i < 24; i++) {
      DeltaClient evil = new DeltaClient(channel, "evil1", "acme/evil");
      for (int type = 0; type < 40 && !evil.end.isDone(); type++) {
        String prefix = i + "-" + type + "-" + pad;
        evil.subscribe(
            type < ResourceType.SERVED.size()
                ? ResourceType.SERVED.get(type)
                : ResourceType.of("type.googleapis.com/what.Ever" + type),
            IntStream.range(0, 900).mapToObj(n -> prefix + n).toArray(String[]::new));
        // Each is answered with what is missing; what the client keeps is not what is measured.
        await().until(() -> evil.end.isDone() || !evil.responses.isEmpty());
        evil.responses.clear();
      }
      refused += evil.ended().getCode().equals(Status.Code.RESOURCE_EXHAUSTED) ? 1 : 0;
    }
    assertThat(refused).as("each stream ends before its types do").isEqualTo(24);
    await()
        .atMost(java.time.Duration.ofSeconds(30))
        .until(() -> usedMemory() - before < (20L << 20));
    honestIsServed();
  }

  @Test
  void streamsThatStopAtTheLimitHoldBoundedMemory() throws Exception {
    long before = usedMemory();
    ManagedChannel channel = rig.channel("evil1", "evil");
    List<DeltaClient> streams = new ArrayList<>();
    String pad = "x".repeat(1000);
    for (int i = 0; i < 24; i++) {
      DeltaClient evil = new DeltaClient(channel, "evil1", "acme/evil");
      streams.add(evil);
      for (int type = 0; type < 4; type++) {
        String prefix = i + "-" + type + "-" + pad;
        evil.subscribe(
            ResourceType.SERVED.get(type),
            IntStream.range(0, 900).mapToObj(n -> prefix + n).toArray(String[]::new));
        await().until(() -> evil.end.isDone() || !evil.responses.isEmpty());
        evil.responses.clear();
      }
    }
    // 16 streams with some 4 MB of names each, and an answer of a fourth of that.
    assertThat(usedMemory() - before).isLessThan(128L << 20);
    channel.shutdownNow();
    // With what they were sent.
    streams.clear();
    await()
        .atMost(java.time.Duration.ofSeconds(30))
        .until(() -> usedMemory() - before < (20L << 20));
    honestIsServed();
  }

  @Test
  void aSlowReaderCostsTheNewestOfWhatItDoesNotReadAndNotAllOfIt() throws Exception {
    int size = 500_000;
    rig.set("evil", resource(LISTENER, "own@a", size));
    rig.publishAndPush("evil");
    RawStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> slow =
        new RawStream<>(
            rig.channel("evil1", "evil"),
            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
            "evil1",
            "acme/evil",
            0);
    slow.send(
        DeltaDiscoveryRequest.newBuilder()
            .setNode(Node.newBuilder().setId("evil1").setCluster("acme/evil"))
            .setTypeUrl(LISTENER.url())
            .build());
    long before = usedMemory();
    for (int i = 0; i < 60; i++) {
      rig.set("evil", resource(LISTENER, "own@v" + i, size));
      rig.publishAndPush("evil");
    }
    // 30 MB were published for it.
    assertThat(usedMemory() - before).isLessThan(10L << 20);
    honestIsServed();
  }
}
