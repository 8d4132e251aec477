package io.directfaas.xds.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.DataPath;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.envoy.Calls;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.Functions;
import io.directfaas.xds.envoy.MtlsMesh;
import io.directfaas.xds.envoy.TestGraph;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in authority gives way to another, between real Envoys under load. */
class NewRootTest {
  private static final Duration LONG = Duration.ofSeconds(90);

  private static final FunctionRef A = TestGraph.ref("a");

  @TempDir Path directory;

  @Test
  void anotherRootTakesOverInThreeStepsWithoutAFailedCall() throws Exception {
    Path ours = directory.resolve("ca");
    Path next = directory.resolve("next");
    try (Functions functions = new Functions();
        MtlsMesh mesh = new MtlsMesh(directory, Duration.ofSeconds(20))) {
      mesh.function("a", 1).function("b", functions.start("b1"));
      mesh.graph.edges("a", "b").edges("ingress", "b").dataPath("acme", DataPath.MTLS);
      mesh.server.goWhole(mesh.graph);
      List<EnvoyProcess> envoys =
          List.of(
              mesh.sidecar("a", Protocol.DELTA_GRPC),
              mesh.sidecar("b", Protocol.GRPC),
              mesh.sidecar("ingress", Protocol.DELTA_GRPC));
      mesh.awaitSettled("a", "b", "ingress");
      var other =
          new Identities(
              new CaProperties(MtlsMesh.TRUST_DOMAIN, next, null, null, null, Duration.ofDays(1)),
              Clock.systemUTC());
      String oldRoot = Files.readString(ours.resolve("trust.pem"));
      String newRoot = other.roots();
      try (Calls inside = Calls.start(2, () -> mesh.call("a", "/function/b"));
          Calls outside = Calls.start(2, () -> mesh.call("ingress", "/function/b.acme"))) {
        awaitCalls(inside, outside);
        // 1. Everybody trusts both.
        replace(ours.resolve("trust.pem"), oldRoot + newRoot);
        awaitRoot(envoys, newRoot, true);
        awaitCalls(inside, outside);
        // 2. The new one signs.
        String before = mesh.identities.of(A).certificates();
        replace(ours.resolve("ca.pem"), Files.readString(next.resolve("ca.pem")));
        await().atMost(LONG).until(() -> !mesh.identities.of(A).certificates().equals(before));
        for (EnvoyProcess envoy : envoys) {
          String replaced = serials(envoy);
          await().atMost(LONG).until(() -> !serials(envoy).equals(replaced));
        }
        awaitCalls(inside, outside);
        // 3. The old one is nobody's any more.
        replace(ours.resolve("trust.pem"), newRoot);
        awaitRoot(envoys, oldRoot, false);
        awaitCalls(inside, outside);
        inside.close();
        outside.close();
        assertThat(inside.failures()).isEmpty();
        assertThat(outside.failures()).isEmpty();
      }
      X509Certificate leaf = parse(mesh.identities.of(A).certificates());
      leaf.verify(parse(newRoot).getPublicKey());
      assertThat(mesh.server.metrics.rejects()).isZero();
    }
  }

  private static void awaitCalls(Calls... all) {
    for (Calls calls : all) {
      long now = calls.made();
      await().atMost(LONG).until(() -> calls.made() > now + 50);
    }
  }

  /** Whole or not at all. */
  private static void replace(Path file, String text) throws Exception {
    Path fresh = Files.writeString(file.resolveSibling("fresh"), text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void awaitRoot(List<EnvoyProcess> envoys, String root, boolean trusted)
      throws Exception {
    String serial = parse(root).getSerialNumber().toString(16);
    for (EnvoyProcess envoy : envoys) {
      await().atMost(LONG).until(() -> envoy.admin("/certs").contains(serial) == trusted);
    }
  }

  /** The serial numbers of all that an Envoy uses now; its own certificate's are among them. */
  private static String serials(EnvoyProcess envoy) {
    StringBuilder serials = new StringBuilder();
    envoy
        .admin("/certs")
        .lines()
        .filter(line -> line.contains("serial_number"))
        .forEach(serials::append);
    return serials.toString();
  }

  private static X509Certificate parse(String pem) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }
}
