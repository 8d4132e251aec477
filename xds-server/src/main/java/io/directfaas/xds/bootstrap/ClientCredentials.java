package io.directfaas.xds.bootstrap;

import io.directfaas.xds.identity.ClientCertificates.Issued;
import org.jspecify.annotations.Nullable;

/**
 * What a client needs to reach the server and prove itself. At least one of certificate and token
 * is there.
 *
 * @param host of the server, as its certificate names it
 * @param port of the server
 * @param trustBundle PEM: by what the client knows the server
 * @param certificate null where the server issues none
 * @param token null where the server takes none
 */
public record ClientCredentials(
    String host,
    int port,
    String trustBundle,
    @Nullable Issued certificate,
    @Nullable String token) {
  /** Without the secrets. */
  @Override
  public String toString() {
    return "credentials for " + host + ":" + port;
  }
}
