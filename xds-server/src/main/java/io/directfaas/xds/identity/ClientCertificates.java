package io.directfaas.xds.identity;

import io.directfaas.graph.FunctionRef;
import java.time.Instant;

/** An authority whose client certificates the server takes. */
public interface ClientCertificates {
  /** A certificate that proves its holder to act for a function. */
  Issued of(FunctionRef function);

  /**
   * @param certificates PEM: the certificate, then intermediates if any
   * @param privateKey PEM, PKCS #8
   * @param notAfter when it ends
   */
  record Issued(String certificates, String privateKey, Instant notAfter) {
    /** Without the key. */
    @Override
    public String toString() {
      return "a certificate until " + notAfter;
    }
  }
}
