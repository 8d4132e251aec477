package io.directfaas.sdn.openflow;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * What the adapter shows to switches and databases, and whom it trusts; PEM files, as {@code
 * ovs-pki} makes them.
 *
 * @param key the private key, PKCS #8
 * @param certificate the certificate of that key
 * @param ca the certificates of those who may vouch for switches
 */
public record TlsFiles(Path key, Path certificate, Path ca) {

  /**
   * For switches that connect; they must show a certificate.
   *
   * @throws IllegalArgumentException if a file cannot be read; the message names them
   */
  public SslContext forServer() {
    try {
      return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
          .sslProvider(SslProvider.JDK)
          .trustManager(ca.toFile())
          .clientAuth(ClientAuth.REQUIRE)
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw unusable(e);
    }
  }

  /**
   * For databases that are connected to.
   *
   * @throws IllegalArgumentException if a file cannot be read; the message names them
   */
  public SSLContext forClient() {
    try {
      SslContext context =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .keyManager(certificate.toFile(), key.toFile())
              .trustManager(ca.toFile())
              .build();
      return ((JdkSslContext) context).context();
    } catch (SSLException | IllegalArgumentException e) {
      throw unusable(e);
    }
  }

  private IllegalArgumentException unusable(Exception cause) {
    return new IllegalArgumentException(
        "tls: key %s, certificate %s or ca %s cannot be used: %s"
            .formatted(key, certificate, ca, cause.getMessage()),
        cause);
  }
}
