package io.directfaas.xds.ca;

/**
 * A certificate for a server's host names.
 *
 * @param certificates PEM: the certificate, then intermediates if any
 * @param privateKey PEM, PKCS#8; never to be logged
 */
public record ServerCertificate(String certificates, String privateKey) {
  /** Without the key. */
  @Override
  public String toString() {
    return "a server's certificate";
  }
}
