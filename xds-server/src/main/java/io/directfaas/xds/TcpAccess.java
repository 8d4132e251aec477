package io.directfaas.xds;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.ClientCredentials;
import io.directfaas.xds.bootstrap.CredentialIssuer;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.identity.Authenticator;
import io.directfaas.xds.identity.AuthorityTls;
import io.directfaas.xds.identity.FileTls;
import io.directfaas.xds.identity.ServerTls;
import io.directfaas.xds.identity.TokenKey;
import io.directfaas.xds.identity.Tokens;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.TlsServer;
import io.directfaas.xds.stream.WorkloadService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** xDS over TCP as the properties want it, or nothing where they have it off. */
final class TcpAccess implements CredentialIssuer, AutoCloseable {
  private final XdsProperties.Ads ads;
  private final @Nullable AuthorityTls certificates;
  private final @Nullable ServerTls tls;
  private final @Nullable Tokens tokens;
  private final @Nullable TlsServer server;

  /**
   * @param services what clients are offered beside the discovery services
   */
  TcpAccess(
      XdsProperties properties,
      Identities identities,
      StreamRegistry streams,
      List<WorkloadService> services) {
    this.ads = properties.ads();
    Path key = ads.tokenKey();
    tokens = key == null || !ads.on() ? null : new Tokens(TokenKey.load(key), Clock.systemUTC());
    certificates =
        ads.on() && ads.certificate() == null
            ? new AuthorityTls(identities, ads.host(), ads.refresh())
            : null;
    tls = certificates == null && ads.on() ? files(ads) : certificates;
    Authenticator authenticator = new Authenticator(properties.ca().trustDomain(), tokens);
    server = tls == null ? null : serve(ads, tls, authenticator, streams, services);
  }

  private static ServerTls files(XdsProperties.Ads ads) {
    Path certificate = Objects.requireNonNull(ads.certificate());
    Path privateKey = Objects.requireNonNull(ads.privateKey());
    Path trustBundle = Objects.requireNonNullElse(ads.trustBundle(), certificate);
    return new FileTls(certificate, privateKey, ads.clientCa(), trustBundle, ads.refresh());
  }

  private static TlsServer serve(
      XdsProperties.Ads ads,
      ServerTls tls,
      Authenticator authenticator,
      StreamRegistry streams,
      List<WorkloadService> services) {
    try {
      return new TlsServer(
          new InetSocketAddress(ads.address(), ads.port()),
          tls,
          authenticator,
          ads.connectionAge(),
          streams,
          services);
    } catch (IOException e) {
      tls.close();
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public @Nullable ClientCredentials issue(FunctionRef function, @Nullable String nodeId) {
    if (tls == null || tokens == null && certificates == null) {
      return null;
    }
    return new ClientCredentials(
        ads.host(),
        ads.advertisedPort(),
        tls.trustBundle(),
        certificates == null ? null : certificates.of(function),
        tokens == null ? null : tokens.issue(function, nodeId, ads.tokenLifetime()));
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
    if (tls != null) {
      tls.close();
    }
  }
}
