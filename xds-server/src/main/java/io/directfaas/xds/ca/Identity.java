package io.directfaas.xds.ca;

import java.time.Instant;

/**
 * An X.509-SVID with its private key.
 *
 * @param id whose it is
 * @param certificates PEM: its certificate, then intermediates if any
 * @param privateKey PEM, PKCS#8; never to be logged
 * @param notAfter when its certificate ends
 */
public record Identity(SpiffeId id, String certificates, String privateKey, Instant notAfter) {
  /** Without the key. */
  @Override
  public String toString() {
    return id + " until " + notAfter;
  }
}
