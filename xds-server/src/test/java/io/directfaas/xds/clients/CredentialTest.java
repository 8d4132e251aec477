package io.directfaas.xds.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.xds.envoy.StreamAnswers;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.identity.TestPki;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
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

/** By TCP only a credential counts, and it shows one function's configuration. */
class CredentialTest {
  private static final String A = "spiffe://test.example/ns/acme/fn/a";

  @TempDir Path directory;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final TestGraph graph = new TestGraph().function("a").function("b").edges("a", "b");
  private TestPki pki;
  private TcpServer server;

  @BeforeEach
  void start() throws Exception {
    pki = new TestPki(directory, "ca");
    server = new TcpServer(pki, 0, resources());
    server.goWhole(graph);
  }

  static EnvoyResources resources() {
    return new EnvoyResources(
        new IngressConfig("127.0.0.1", 1, null, "/nowhere/gateway.sock", "openfaas-fn"));
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }

  private TlsChannelCredentials.Builder trusting() throws Exception {
    return TlsChannelCredentials.newBuilder().trustManager(pki.ca.toFile());
  }

  private ChannelCredentials with(TestPki.Material material) throws Exception {
    return trusting()
        .keyManager(material.certificate().toFile(), material.privateKey().toFile())
        .build();
  }

  private Stream stream(ChannelCredentials credentials, @Nullable String token) {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + server.port(), credentials).build();
    channels.add(channel);
    Metadata headers = new Metadata();
    if (token != null) {
      headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), token);
    }
    return new Stream(
        AggregatedDiscoveryServiceGrpc.newStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  private static final class Stream extends StreamAnswers<DeltaDiscoveryResponse> {
    private final StreamObserver<DeltaDiscoveryRequest> requests;

    Stream(AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub stub) {
      requests = stub.deltaAggregatedResources(this);
    }

    Stream ask(String id, String cluster) {
      requests.onNext(
          DeltaDiscoveryRequest.newBuilder()
              .setNode(Node.newBuilder().setId(id).setCluster(cluster))
              .setTypeUrl(ResourceType.CLUSTER.url())
              .build());
      return this;
    }

    Status refused() throws Exception {
      Status status = end.get(20, TimeUnit.SECONDS);
      assertThat(all).isEmpty();
      return status;
    }

    List<String> clusters() {
      await().atMost(Duration.ofSeconds(20)).until(() -> !all.isEmpty() || end.isDone());
      assertThat(end).isNotDone();
      return all.getFirst().getResourcesList().stream().map(Resource::getName).toList();
    }
  }

  @Test
  void aCertificateShowsItsFunctionsConfiguration() throws Exception {
    ChannelCredentials a = with(pki.client("a", A));
    assertThat(stream(a, null).ask("any-node", "acme/a").clusters()).containsExactly("fn/acme/b");
    assertThat(stream(a, null).ask("other", "").clusters()).containsExactly("fn/acme/b");
    assertThat(server.clients())
        .extracting(client -> client.function() + " " + client.node())
        .containsExactly("acme/a any-node", "acme/a other");
    assertThat(server.sidecars()).isEmpty();
  }

  @Test
  void aTokenShowsItsFunctionsConfiguration() throws Exception {
    String token = "Bearer " + server.tokens.issue(TestGraph.ref("a"), null, Duration.ofHours(1));
    assertThat(stream(trusting().build(), token).ask("n", "acme/a").clusters())
        .containsExactly("fn/acme/b");
  }

  @Test
  void aNodeOfAnotherFunctionIsRefused() throws Exception {
    Status byCertificate = stream(with(pki.client("a", A)), null).ask("n", "acme/b").refused();
    assertThat(byCertificate.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(byCertificate.getDescription())
        .isEqualTo("node.cluster: 'acme/b', but this workload is 'acme/a'");
    String token = "Bearer " + server.tokens.issue(TestGraph.ref("a"), null, Duration.ofHours(1));
    assertThat(stream(trusting().build(), token).ask("n", "globex/a").refused().getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void aTokenOfOneNodeIsNotAnothers() throws Exception {
    String token = "Bearer " + server.tokens.issue(TestGraph.ref("a"), "n1", Duration.ofHours(1));
    Status status = stream(trusting().build(), token).ask("n2", "acme/a").refused();
    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription()).isEqualTo("node.id: 'n2', but this workload is 'n1'");
    assertThat(stream(trusting().build(), token).ask("n1", "acme/a").clusters()).hasSize(1);
  }

  @Test
  void whoHasNoCredentialIsToldWhatIsMissing() throws Exception {
    Status status = stream(trusting().build(), null).ask("n", "acme/a").refused();
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(status.getDescription())
        .contains("no credential", "spiffe://test.example/ns/<namespace>/fn/<function>", "bearer");
  }

  @Test
  void aBadTokenIsRefusedEvenBesideAGoodCertificate() throws Exception {
    TestPki.Material a = pki.client("a", A);
    for (String token : List.of("Bearer x", "Basic YTpi", "")) {
      assertThat(stream(with(a), token).ask("n", "acme/a").refused().getCode())
          .isEqualTo(Status.Code.UNAUTHENTICATED);
    }
    String ofB = "Bearer " + server.tokens.issue(TestGraph.ref("b"), null, Duration.ofHours(1));
    assertThat(stream(with(a), ofB).ask("n", "acme/a").refused().getDescription())
        .contains("two credentials");
  }

  @Test
  void certificatesThatNameNoFunctionOfOursAreRefused() throws Exception {
    for (TestPki.Material material :
        List.of(
            pki.client("none"),
            pki.client("two", A, "spiffe://test.example/ns/acme/fn/b"),
            pki.client("domain", "spiffe://other.example/ns/acme/fn/a"),
            pki.client("path", A + "/x"),
            pki.client("label", "spiffe://test.example/ns/acme/fn/A"))) {
      Status status = stream(with(material), null).ask("n", "acme/a").refused();
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(status.getDescription()).startsWith("client certificate: ");
    }
  }

  @Test
  void certificatesOfAnotherAuthorityOrOutOfDateEndTheHandshake() throws Exception {
    TestPki other = new TestPki(directory, "other");
    for (TestPki.Material material :
        List.of(other.client("foreign", A), pki.client("old", Duration.ofHours(-1), A))) {
      Status status = stream(with(material), null).ask("n", "acme/a").refused();
      // Java's TLS does not even show what the server says it would not take.
      assertThat(status.getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.UNAUTHENTICATED);
    }
  }

  @Test
  void plaintextGetsNothing() throws Exception {
    Status status = stream(InsecureChannelCredentials.create(), null).ask("n", "acme/a").refused();
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void aFunctionThatIsNotThereGetsNothingYet() throws Exception {
    Stream stream =
        stream(with(pki.client("x", "spiffe://test.example/ns/acme/fn/x")), null)
            .ask("n", "acme/x");
    server.go(graph.function("x").edges("x", "b"));
    assertThat(stream.clusters()).containsExactly("fn/acme/b");
  }
}
