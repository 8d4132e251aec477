package io.directfaas.xds.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.FunctionRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentitiesTest {
  private static final FunctionRef A = new FunctionRef("acme", "a");
  private static final FunctionRef SPY = new FunctionRef("globex", "spy");
  private static final Duration DAY = Duration.ofHours(24);
  private static final int URI = 6;

  @TempDir Path directory;

  private CaProperties builtIn() {
    return properties(null, null, null);
  }

  private CaProperties properties(
      @Nullable Path certificate, @Nullable Path key, @Nullable Path bundle) {
    return new CaProperties("test.domain", directory, certificate, key, bundle, DAY);
  }

  private static Clock at(Instant instant) {
    return Clock.fixed(instant, ZoneOffset.UTC);
  }

  private static X509Certificate leaf(Identity identity) {
    return Pem.certificates(identity.certificates()).getFirst();
  }

  @Test
  void anIdentityIsAnX509Svid() throws Exception {
    Identities identities = new Identities(builtIn(), Clock.systemUTC());
    Identity identity = identities.of(A);
    X509Certificate certificate = leaf(identity);

    // "An X.509 SVID MUST contain exactly one URI SAN."
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(URI, "spiffe://test.domain/ns/acme/fn/a"));
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    boolean[] usage = certificate.getKeyUsage();
    assertThat(usage[0]).as("digitalSignature").isTrue();
    assertThat(usage[5]).as("keyCertSign").isFalse();
    assertThat(usage[6]).as("cRLSign").isFalse();
    assertThat(certificate.getCriticalExtensionOIDs()).contains("2.5.29.15");
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(((ECPublicKey) certificate.getPublicKey()).getParams().toString())
        .contains("secp256r1");
    X509Certificate root = Pem.certificates(identities.roots()).getFirst();
    certificate.verify(root.getPublicKey());
    certificate.checkValidity();
    assertThat(Duration.between(Instant.now(), identity.notAfter()))
        .isBetween(DAY.dividedBy(2).minusMinutes(1), DAY);
    assertThat(signsFor(Pem.privateKey(identity.privateKey()), certificate)).isTrue();
  }

  private static boolean signsFor(PrivateKey key, X509Certificate certificate) throws Exception {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key);
    signature.update(new byte[] {1});
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(new byte[] {1});
    return signature.verify(signed);
  }

  @Test
  void aRestartedServerHasTheSameIdentities() {
    Clock now = at(Instant.now());
    Identity before = new Identities(builtIn(), now).of(A);
    assertThat(new Identities(builtIn(), now).of(A)).isEqualTo(before);
  }

  @Test
  void everyFunctionEpochAndAuthorityHasAKeyOfItsOwn() throws Exception {
    Set<String> keys = new HashSet<>();
    Instant now = Instant.now();
    for (Instant time : List.of(now, now.plus(DAY.dividedBy(2)), now.plus(DAY))) {
      Identities identities = new Identities(builtIn(), at(time));
      keys.add(identities.of(A).privateKey());
      keys.add(identities.of(SPY).privateKey());
    }
    Files.delete(directory.resolve(CaFiles.AUTHORITY));
    Files.delete(directory.resolve(CaFiles.TRUST));
    keys.add(new Identities(builtIn(), at(now)).of(A).privateKey());
    assertThat(keys).hasSize(7);
  }

  @Test
  void aCertificateIsReplacedWhileHalfOfItsLifeIsLeft() {
    Identities any = new Identities(builtIn(), Clock.systemUTC());
    Instant start = any.lifetime().epochStart(A, Instant.now());
    Instant lastSecond = start.plus(DAY.dividedBy(2)).minusSeconds(1);
    Identity first = new Identities(builtIn(), at(start)).of(A);
    assertThat(new Identities(builtIn(), at(lastSecond)).of(A)).isEqualTo(first);
    Identity second = new Identities(builtIn(), at(lastSecond.plusSeconds(1))).of(A);
    assertThat(second).isNotEqualTo(first);
    assertThat(first.notAfter()).isEqualTo(start.plus(DAY));
    assertThat(second.notAfter()).isEqualTo(first.notAfter().plus(DAY.dividedBy(2)));
  }

  @Test
  void aCertificateIsReplacedWhenItIsToBeAndLivesOn() {
    CaProperties properties =
        new CaProperties("test.domain", directory, null, null, null, DAY, Duration.ofSeconds(10));
    Instant start =
        new Identities(properties, Clock.systemUTC()).lifetime().epochStart(A, Instant.now());
    Identity first = new Identities(properties, at(start.plusSeconds(9))).of(A);
    Identity second = new Identities(properties, at(start.plusSeconds(10))).of(A);
    assertThat(first.notAfter()).isEqualTo(start.plus(DAY));
    assertThat(second.notAfter()).isEqualTo(first.notAfter().plusSeconds(10));
    for (Duration wrong : List.of(DAY, Duration.ofMillis(999))) {
      assertThatThrownBy(() -> new Lifetime(DAY, wrong)).hasMessageContaining("renew-after");
    }
  }

  @Test
  void theAuthoritysKeyIsReadableByItsOwnerAloneAndShowsNowhere() throws Exception {
    Identities identities = new Identities(builtIn(), Clock.systemUTC());
    Path file = directory.resolve(CaFiles.AUTHORITY);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(identities.of(A).toString()).doesNotContain("KEY");
    assertThat(new CaFiles(builtIn()).read().toString()).doesNotContain("KEY");
  }

  @Test
  void aGivenAuthorityIssues() throws Exception {
    SelfSigned given = SelfSigned.create("test.domain");
    Path certificate = write("given.crt", given.certificate());
    Path key = write("given.key", given.key());
    Identities identities = new Identities(properties(certificate, key, null), Clock.systemUTC());
    leaf(identities.of(A)).verify(Pem.certificates(given.certificate()).getFirst().getPublicKey());
    assertThat(identities.roots()).isEqualTo(given.certificate());
    assertThat(directory.resolve(CaFiles.AUTHORITY)).doesNotExist();
  }

  @Test
  void whatDoesNotFitIsNamed() throws Exception {
    SelfSigned one = SelfSigned.create("test.domain");
    SelfSigned other = SelfSigned.create("test.domain");
    Path certificate = write("ca.crt", one.certificate());
    Path key = write("ca.key", one.key());
    Path foreign = write("other.key", other.key());
    Path foreignRoot = write("other.crt", other.certificate());
    Identity leaf = new Identities(properties(certificate, key, null), Clock.systemUTC()).of(A);
    Path leafFile = write("leaf.crt", leaf.certificates() + one.certificate());
    Path leafKey = write("leaf.key", leaf.privateKey());

    assertRefused(properties(certificate, foreign, null))
        .hasMessageContaining("ca.crt")
        .hasMessageContaining("the private key is not the certificate's");
    assertRefused(properties(leafFile, leafKey, certificate))
        .hasMessageContaining("not an authority's");
    assertRefused(properties(certificate, key, foreignRoot))
        .hasMessageContaining("no root of the trust bundle has signed");
    assertRefused(properties(certificate, directory.resolve("absent"), null))
        .hasMessageContaining("ca.key: cannot read")
        .hasMessageContaining("absent");
    assertRefused(properties(write("junk", "junk"), key, certificate))
        .hasMessageContaining("there is no certificate");
    assertRefused(properties(certificate, certificate, null))
        .hasMessageContaining("ca.key")
        .hasMessageContaining("expected one private key, found 0");
    assertThatThrownBy(() -> properties(certificate, null, null))
        .hasMessageContaining("key is missing");
    assertThatThrownBy(
            () -> new CaProperties("Not A Domain", directory, null, null, null, Duration.ofDays(1)))
        .hasMessageContaining("trust domain 'Not A Domain'");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      CaProperties properties) {
    return assertThatThrownBy(() -> new Identities(properties, Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAuthoritySucceedsAnotherWhileBothAreTrusted() throws Exception {
    SelfSigned old = SelfSigned.create("test.domain");
    SelfSigned next = SelfSigned.create("test.domain");
    Path certificate = write("ca.crt", old.certificate());
    Path key = write("ca.key", old.key());
    Path bundle = write("roots.crt", old.certificate());
    Identities identities = new Identities(properties(certificate, key, bundle), Clock.systemUTC());
    Identity before = identities.of(A);
    assertThat(identities.reload()).isFalse();

    // Not trusted yet: refused, and nothing changes.
    Files.writeString(certificate, next.certificate());
    Files.writeString(key, next.key());
    assertThat(identities.reload()).isFalse();
    assertThat(identities.of(A)).isEqualTo(before);

    Files.writeString(bundle, old.certificate() + next.certificate());
    assertThat(identities.reload()).isTrue();
    assertThat(Pem.certificates(identities.roots())).hasSize(2);
    leaf(identities.of(A)).verify(Pem.certificates(next.certificate()).getFirst().getPublicKey());
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }
}
