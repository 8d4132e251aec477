package io.directfaas.xds.ca;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A new root with an ECDSA P-256 key, valid for ten years.
 *
 * @param certificate PEM
 * @param key PEM
 */
record SelfSigned(String certificate, String key) {
  private static final Duration LIFETIME = Duration.ofDays(3650);

  static SelfSigned create(String trustDomain) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      BigInteger serial = new BigInteger(127, new SecureRandom()).setBit(0);
      // The name tells roots of one domain apart.
      X500Name name =
          new X500Name("CN=" + trustDomain + " " + serial.toString(36) + ",O=DirectFaaS");
      Instant now = Instant.now();
      byte[] certificate =
          new X509v3CertificateBuilder(
                  name,
                  serial,
                  Date.from(now.minus(Duration.ofMinutes(5))),
                  Date.from(now.plus(LIFETIME)),
                  name,
                  SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()))
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(
                  Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()))
              .addExtension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(
                      new GeneralName(
                          GeneralName.uniformResourceIdentifier, "spiffe://" + trustDomain)))
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
              .getEncoded();
      return new SelfSigned(
          Pem.ofCertificate(certificate), Pem.ofPrivateKey(pair.getPrivate().getEncoded()));
    } catch (GeneralSecurityException | OperatorCreationException | java.io.IOException e) {
      throw new IllegalStateException("cannot make a certificate authority", e);
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "a certificate authority";
  }
}
