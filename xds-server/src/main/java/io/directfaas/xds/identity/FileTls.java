package io.directfaas.xds.identity;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** TLS material from PEM files, which are read again when they change. */
public final class FileTls implements ServerTls {
  private final ScheduledExecutorService refresher =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("xds-tls-files").factory());
  private final ServerCredentials credentials;
  private final Path trustBundle;

  /**
   * @param certificate the server's certificate chain
   * @param privateKey its key, PKCS #8
   * @param clientCa who signs the clients' certificates; null where clients come with tokens only
   * @param trustBundle by what clients know the server
   * @param refresh how often the files are looked at
   * @throws IllegalArgumentException naming the file that cannot be used
   */
  public FileTls(
      Path certificate,
      Path privateKey,
      @Nullable Path clientCa,
      Path trustBundle,
      Duration refresh) {
    this.trustBundle = trustBundle;
    TlsServerCredentials.Builder builder = TlsServerCredentials.newBuilder();
    try {
      AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
      keys.updateIdentityCredentials(
          certificate.toFile(),
          privateKey.toFile(),
          refresh.toMillis(),
          TimeUnit.MILLISECONDS,
          refresher);
      builder.keyManager(keys);
      if (clientCa != null) {
        AdvancedTlsX509TrustManager trust =
            AdvancedTlsX509TrustManager.newBuilder()
                // A client has no host name; its SPIFFE ID is looked at later.
                .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                .build();
        trust.updateTrustCredentials(
            clientCa.toFile(), refresh.toMillis(), TimeUnit.MILLISECONDS, refresher);
        // Optional, as a token will do; without either the authenticator says what is missing.
        builder.trustManager(trust).clientAuth(ClientAuth.OPTIONAL);
      }
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      refresher.shutdownNow();
      throw new IllegalArgumentException(
          "the TLS files "
              + certificate
              + ", "
              + privateKey
              + (clientCa == null ? "" : ", " + clientCa)
              + " cannot be used: "
              + e,
          e);
    }
    credentials = builder.build();
  }

  @Override
  public ServerCredentials credentials() {
    return credentials;
  }

  @Override
  public String trustBundle() {
    try {
      return Files.readString(trustBundle);
    } catch (IOException e) {
      throw new IllegalStateException("the trust bundle " + trustBundle + " cannot be read", e);
    }
  }

  @Override
  public void close() {
    refresher.shutdownNow();
  }
}
