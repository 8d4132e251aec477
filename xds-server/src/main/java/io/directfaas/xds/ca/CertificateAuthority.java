package io.directfaas.xds.ca;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * A signing certificate with its key, and the roots that peers are to trust.
 *
 * @param chain the signing certificate, then intermediates towards the root if it is not one
 * @param key the signing certificate's private key
 * @param roots what peers trust; two of them while one authority succeeds another
 */
public record CertificateAuthority(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> roots) {
  private static final int KEY_CERT_SIGN = 5;
  private static final int SHORTEST_RSA = 2048;

  /**
   * @throws IllegalArgumentException saying what does not fit
   */
  public CertificateAuthority {
    chain = List.copyOf(chain);
    roots = List.copyOf(roots);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("there is no certificate");
    }
    requireSigner(chain.getFirst());
    requirePair(chain.getFirst().getPublicKey(), key);
    requireTrusted(chain, roots);
  }

  public X509Certificate signer() {
    return chain.getFirst();
  }

  private static void requireSigner(X509Certificate certificate) {
    if (certificate.getBasicConstraints() < 0) {
      throw new IllegalArgumentException(
          "the certificate is not an authority's: its basic constraints do not say CA");
    }
    boolean[] usage = certificate.getKeyUsage();
    if (usage != null && !usage[KEY_CERT_SIGN]) {
      throw new IllegalArgumentException(
          "the certificate may not sign others: its key usage lacks keyCertSign");
    }
    if (certificate.getNotAfter().before(Date.from(Instant.now()))) {
      throw new IllegalArgumentException(
          "the certificate expired at " + certificate.getNotAfter().toInstant());
    }
  }

  private static void requirePair(PublicKey publicKey, PrivateKey key) {
    String algorithm =
        switch (publicKey) {
          case ECPublicKey ec -> "SHA256withECDSA";
          case RSAPublicKey rsa when rsa.getModulus().bitLength() >= SHORTEST_RSA ->
              "SHA256withRSA";
          case RSAPublicKey rsa ->
              throw new IllegalArgumentException(
                  "an RSA key of %d bits is too short; at least %d are needed"
                      .formatted(rsa.getModulus().bitLength(), SHORTEST_RSA));
          default ->
              throw new IllegalArgumentException(
                  publicKey.getAlgorithm() + " keys are not supported; EC and RSA are");
        };
    try {
      byte[] probe = {1, 2, 3};
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      if (!signature.verify(signed)) {
        throw new IllegalArgumentException("the private key is not the certificate's");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the private key is not the certificate's", e);
    }
  }

  private static void requireTrusted(List<X509Certificate> chain, List<X509Certificate> roots) {
    X509Certificate top = chain.getLast();
    for (X509Certificate root : roots) {
      if (root.equals(top) || signed(root, top)) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "no root of the trust bundle has signed the certificate of "
            + top.getSubjectX500Principal()
            + "; add its root to the bundle first");
  }

  private static boolean signed(X509Certificate root, X509Certificate certificate) {
    try {
      certificate.verify(root.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
