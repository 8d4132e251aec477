package io.directfaas.xds.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Edge;
import io.directfaas.graph.load.EdgeLoad;
import io.directfaas.xds.envoy.StreamAnswers;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.identity.TestPki;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What clients say by TCP: each is believed about its own function's edges, and about nothing else.
 */
class ReportsByTcpTest {
  private static final String A = "spiffe://test.example/ns/acme/fn/a";
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final TestGraph graph =
      new TestGraph().function("a").function("b").function("c").edges("a", "b").edges("b", "c");
  private TestPki pki;
  private TcpServer server;

  @BeforeEach
  void start() throws Exception {
    pki = new TestPki(directory, "ca");
    server = new TcpServer(pki, 0, CredentialTest.resources());
    server.goWhole(graph.replica("b1", "b", 4711));
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }

  private ManagedChannel channel(TestPki.@Nullable Material material) throws Exception {
    TlsChannelCredentials.Builder credentials =
        TlsChannelCredentials.newBuilder().trustManager(pki.ca.toFile());
    if (material != null) {
      credentials.keyManager(material.certificate().toFile(), material.privateKey().toFile());
    }
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + server.port(), credentials.build()).build();
    channels.add(channel);
    return channel;
  }

  /** The answers on a stream, and how it ended. */
  private static final class Answers<T> extends StreamAnswers<T> {
    T first() {
      await().atMost(LONG).until(() -> !all.isEmpty() || end.isDone());
      assertThat(end).isNotDone();
      return all.getFirst();
    }

    Status status() throws Exception {
      return end.get(60, TimeUnit.SECONDS);
    }
  }

  // ---- loads

  private static LoadStatsRequest hello(String id, String cluster) {
    return LoadStatsRequest.newBuilder()
        .setNode(Node.newBuilder().setId(id).setCluster(cluster))
        .build();
  }

  private static LoadStatsRequest load(int calls, String... clusters) {
    LoadStatsRequest.Builder request = LoadStatsRequest.newBuilder();
    for (String cluster : clusters) {
      request.addClusterStats(
          ClusterStats.newBuilder()
              .setClusterName(cluster)
              .setLoadReportInterval(com.google.protobuf.Duration.newBuilder().setSeconds(1))
              .addUpstreamLocalityStats(
                  UpstreamLocalityStats.newBuilder().setTotalIssuedRequests(calls)));
    }
    return request.build();
  }

  @Test
  void loadsCountForTheEdgesOfTheClientsFunctionAlone() throws Exception {
    Answers<LoadStatsResponse> answers = new Answers<>();
    StreamObserver<LoadStatsRequest> reports =
        LoadReportingServiceGrpc.newStub(channel(pki.client("a", A))).streamLoadStats(answers);
    reports.onNext(hello("n", "acme/a"));
    assertThat(answers.first().getClustersList()).containsExactly("fn/acme/b", "grpc/acme/b");

    // b's edge and one that is nobody's; and both kinds of its own together.
    reports.onNext(load(10, "fn/acme/c", "grpc/acme/c", "fn/acme/a", "fn/acme/b", "grpc/acme/b"));

    await().atMost(LONG).until(() -> !server.loads.loads().isEmpty());
    assertThat(server.loads.loads())
        .containsExactly(
            new EdgeLoad(new Edge.Key(TestGraph.ref("a"), TestGraph.ref("b")), 20, 0, 0));
    reports.onCompleted();
    await().atMost(LONG).until(() -> server.loads.loads().isEmpty());
  }

  @Test
  void nobodyReportsInAnothersName() throws Exception {
    ManagedChannel a = channel(pki.client("a", A));
    assertThat(refused(a, hello("n", "acme/b")))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(
            Status.Code.PERMISSION_DENIED, "node.cluster: 'acme/b', but this workload is 'acme/a'");
    assertThat(refused(a, load(1, "fn/acme/b")).getCode())
        .as("no node at all")
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused(channel(null), hello("n", "acme/a")).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(server.loads.loads()).isEmpty();
  }

  @Test
  void aNodeMustStayWhoItIs() throws Exception {
    Answers<LoadStatsResponse> answers = new Answers<>();
    StreamObserver<LoadStatsRequest> reports =
        LoadReportingServiceGrpc.newStub(channel(pki.client("a", A))).streamLoadStats(answers);
    reports.onNext(hello("n", ""));
    answers.first();
    reports.onNext(hello("m", ""));
    assertThat(answers.status().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  private static Status refused(ManagedChannel channel, LoadStatsRequest first) throws Exception {
    Answers<LoadStatsResponse> answers = new Answers<>();
    LoadReportingServiceGrpc.newStub(channel).streamLoadStats(answers).onNext(first);
    Status status = answers.status();
    assertThat(answers.all).isEmpty();
    return status;
  }

  // ---- counts

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static ExportMetricsServiceRequest counts(String node, String... callees) {
    Sum.Builder started = Sum.newBuilder();
    for (String callee : callees) {
      started.addDataPoints(
          NumberDataPoint.newBuilder().addAttributes(attribute("route", callee)).setAsInt(7));
    }
    Resource.Builder resource =
        Resource.newBuilder().addAttributes(attribute("service.instance.id", "life-1"));
    if (!node.isEmpty()) {
      resource.addAttributes(attribute("directfaas.node", node));
    }
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(resource)
                .addScopeMetrics(
                    ScopeMetrics.newBuilder()
                        .addMetrics(
                            Metric.newBuilder()
                                .setName("directfaas.calls_started")
                                .setSum(started))))
        .build();
  }

  @Test
  void countsAreKeptApartFromThoseOfReplicasAndOfOtherFunctions() throws Exception {
    MetricsServiceGrpc.newBlockingStub(channel(pki.client("a", A)))
        .export(counts("b1", "acme/b", "acme/c", "acme/a"));
    assertThat(server.calls)
        .hasSize(1)
        .allSatisfy(
            (source, said) -> {
              assertThat(source.replica()).isEqualTo("tcp/acme/a/b1");
              assertThat(said.functions())
                  .singleElement()
                  .satisfies(
                      calls -> {
                        assertThat(calls.function()).isEqualTo(TestGraph.ref("b"));
                        assertThat(calls.started()).isEqualTo(7);
                      });
            });
  }

  @Test
  void countsOfAnotherNodeOrOfNobodyAreRefused() throws Exception {
    assertThat(refused(channel(null), null, "n").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    String token = server.tokens.issue(TestGraph.ref("a"), "n1", Duration.ofHours(1));
    assertThat(refused(channel(null), token, "n2"))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(
            Status.Code.PERMISSION_DENIED,
            "resource attribute directfaas.node: 'n2', but this workload is 'n1'");
    assertThat(refused(channel(null), token, "a/b").getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(server.calls).isEmpty();
  }

  private static Status refused(ManagedChannel channel, @Nullable String token, String node) {
    Metadata headers = new Metadata();
    if (token != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    }
    try {
      var unused =
          MetricsServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .export(counts(node, "acme/b"));
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Test
  void oneFunctionsInventedNodesCostABoundedAmount() throws Exception {
    MetricsServiceGrpc.MetricsServiceBlockingStub stub =
        MetricsServiceGrpc.newBlockingStub(channel(pki.client("a", A)));
    Status last = Status.OK;
    int taken = 0;
    for (; last.isOk() && taken < 1000; taken++) {
      try {
        var unused = stub.export(counts("n" + taken, "acme/b"));
      } catch (StatusRuntimeException e) {
        last = e.getStatus();
      }
    }
    assertThat(last.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(server.calls).hasSize(taken - 1).hasSize(256);
  }

  // ---- streams of one type

  @Test
  void aStreamOfOneTypeServesBothVariants() throws Exception {
    ManagedChannel a = channel(pki.client("a", A));
    Node node = Node.newBuilder().setId("n").setCluster("acme/a").build();
    Answers<DiscoveryResponse> whole = new Answers<>();
    EndpointDiscoveryServiceGrpc.newStub(a)
        .streamEndpoints(whole)
        .onNext(
            DiscoveryRequest.newBuilder()
                .setNode(node)
                .setTypeUrl(ResourceType.ENDPOINT.url())
                .addResourceNames("fn/acme/b")
                .addResourceNames("fn/acme/c")
                .build());
    assertThat(whole.first().getResourcesList()).hasSize(1);

    Answers<DeltaDiscoveryResponse> changes = new Answers<>();
    StreamObserver<DeltaDiscoveryRequest> requests =
        EndpointDiscoveryServiceGrpc.newStub(a).deltaEndpoints(changes);
    requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setNode(node)
            .setTypeUrl(ResourceType.ENDPOINT.url())
            .addResourceNamesSubscribe("fn/acme/b")
            .addResourceNamesSubscribe("fn/acme/c")
            .build());
    DeltaDiscoveryResponse first = changes.first();
    assertThat(first.getResourcesList()).extracting(r -> r.getName()).containsExactly("fn/acme/b");
    assertThat(first.getRemovedResourcesList()).as("not a's to see").containsExactly("fn/acme/c");
    requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(ResourceType.ENDPOINT.url())
            .setResponseNonce(first.getNonce())
            .build());
    server.go(graph.replica("b2", "b", 4712));
    await().atMost(LONG).until(() -> changes.all.size() == 2);
    assertThat(changes.all.get(1).getResourcesList()).hasSize(1);
  }
}
