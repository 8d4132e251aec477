package io.directfaas.xds.identity;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.ca.Identity;
import io.directfaas.xds.ca.ServerCertificate;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS by the authority that vouches for functions: it signs the server's certificate, and the same
 * certificates that functions show each other let a client in.
 */
public final class AuthorityTls implements ServerTls, ClientCertificates {
  private static final Logger log = LoggerFactory.getLogger(AuthorityTls.class);

  private record Material(ServerCertificate certificate, String roots) {}

  private final Identities identities;
  private final String host;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager trust;
  private final ScheduledExecutorService refresher =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("xds-tls").factory());
  private @Nullable Material current;

  /**
   * @param host by which clients reach the server, beside localhost and 127.0.0.1
   * @param refresh how often to look whether the authority has something new
   */
  public AuthorityTls(Identities identities, String host, Duration refresh) {
    this.identities = identities;
    this.host = host;
    try {
      trust =
          AdvancedTlsX509TrustManager.newBuilder()
              // A client has no host name; its SPIFFE ID is looked at later.
              .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
              .build();
      update();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the authority's certificates cannot be used: " + e, e);
    }
    refresher.scheduleWithFixedDelay(
        this::refresh, refresh.toMillis(), refresh.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void refresh() {
    try {
      update();
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      log.error("the server's certificate stays as it was: {}", e.toString());
    }
  }

  private synchronized void update() throws GeneralSecurityException, IOException {
    Material next = new Material(identities.server(host), identities.roots());
    if (!Objects.equals(next, current)) {
      keys.updateIdentityCredentials(
          CertificateUtils.getX509Certificates(stream(next.certificate.certificates())),
          CertificateUtils.getPrivateKey(stream(next.certificate.privateKey())));
      trust.updateTrustCredentials(CertificateUtils.getX509Certificates(stream(next.roots)));
      current = next;
    }
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public ServerCredentials credentials() {
    return TlsServerCredentials.newBuilder()
        .keyManager(keys)
        .trustManager(trust)
        // Optional, as a token will do; without either the authenticator says what is missing.
        .clientAuth(ClientAuth.OPTIONAL)
        .build();
  }

  @Override
  public String trustBundle() {
    return identities.roots();
  }

  @Override
  public Issued of(FunctionRef function) {
    Identity identity = identities.of(function);
    return new Issued(identity.certificates(), identity.privateKey(), identity.notAfter());
  }

  @Override
  public void close() {
    refresher.shutdownNow();
  }
}
