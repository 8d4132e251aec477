package io.directfaas.xds.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.DataPath;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.ca.Identity;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.MtlsMesh;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.envoy.TlsClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever knocks at a sidecar's inbound port himself, with whatever certificate he can get. */
class StrangerTest {
  private static final Duration DAY = Duration.ofHours(24);

  @TempDir static Path directory;
  private static Functions functions;
  private static MtlsMesh mesh;
  private static EnvoyProcess callee;

  @BeforeAll
  static void start() throws Exception {
    functions = new Functions();
    mesh = new MtlsMesh(directory, DAY);
    mesh.function("a", 1).function("b", functions.start("b1")).function("globex/spy", 1);
    mesh.graph.edges("a", "b").dataPath("acme", DataPath.MTLS);
    mesh.server.goWhole(mesh.graph);
    callee = mesh.sidecar("b", Protocol.DELTA_GRPC);
    mesh.awaitSettled("b");
  }

  @AfterAll
  static void stop() throws Exception {
    mesh.close();
    functions.close();
  }

  private static Identity identity(String function) {
    return mesh.identities.of(TestGraph.ref(function));
  }

  private static TlsClient as(Identity identity) {
    return new TlsClient(
        mesh.ports("b").inbound(), identity.certificates() + identity.privateKey());
  }

  @Test
  void aCallerWithAnEdgeIsLetInUntilTheEdgeGoesAlsoOnAnOpenConnection() throws Exception {
    mesh.function("late", 1);
    mesh.graph.edges("late", "b");
    mesh.go();
    try (TlsClient late = as(identity("late"))) {
      assertThat(late.get("/x").body()).startsWith("b1 /x\n");
      long connections = callee.stat("http.inbound.downstream_cx_total");

      mesh.graph.withoutEdge("late", "b");
      mesh.go();

      HttpResponse<String> refused = late.get("/x");
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body())
          .isEqualTo("no edge spiffe://test.domain/ns/acme/fn/late -> acme/b\n");
      assertThat(callee.stat("http.inbound.downstream_cx_total")).isEqualTo(connections);
    }
  }

  @Test
  void aFunctionOfAnotherTenantIsRefusedWithItsOwnCertificate() throws Exception {
    long denied = callee.stat("http.inbound.rbac.denied");
    try (TlsClient spy = as(identity("globex/spy"))) {
      HttpResponse<String> answer = spy.get("/");
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body())
          .isEqualTo("no edge spiffe://test.domain/ns/globex/fn/spy -> acme/b\n");
    }
    assertThat(callee.stat("http.inbound.rbac.denied")).isGreaterThan(denied);
  }

  @Test
  void theIngressHasNoRightItsEdgesDoNotGive() throws Exception {
    Identity ingress = mesh.identities.of(io.directfaas.graph.FunctionRef.INGRESS);
    try (TlsClient outside = as(ingress)) {
      assertThat(outside.get("/").statusCode()).isEqualTo(403);
    }
  }

  @Test
  void withoutACertificateThereIsNoConnection() {
    try (TlsClient nobody = new TlsClient(mesh.ports("b").inbound(), "")) {
      assertThatThrownBy(() -> nobody.get("/")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void plaintextIsNotAnswered() {
    assertThatThrownBy(
            () ->
                mesh.http()
                    .send(
                        java.net.http.HttpRequest.newBuilder(
                                java.net.URI.create(
                                    "http://127.0.0.1:" + mesh.ports("b").inbound() + "/"))
                            .build(),
                        HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anAuthorityOfOnesOwnIsNotTrusted(@TempDir Path elsewhere) {
    CaProperties own = new CaProperties(MtlsMesh.TRUST_DOMAIN, elsewhere, null, null, null, DAY);
    Identity forged = new Identities(own, Clock.systemUTC()).of(TestGraph.ref("a"));
    try (TlsClient forger = as(forged)) {
      assertThatThrownBy(() -> forger.get("/")).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anExpiredCertificateIsNotTrusted() throws Exception {
    Identities then =
        new Identities(
            new CaProperties(MtlsMesh.TRUST_DOMAIN, directory.resolve("ca"), null, null, null, DAY),
            Clock.fixed(Instant.now().minus(DAY.multipliedBy(2)), ZoneOffset.UTC));
    try (TlsClient late = as(then.of(TestGraph.ref("a")))) {
      assertThatThrownBy(() -> late.get("/")).isInstanceOf(IOException.class);
    }
    try (TlsClient intime = as(identity("a"))) {
      assertThat(intime.get("/").statusCode()).isEqualTo(200);
    }
  }
}
