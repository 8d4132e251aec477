package io.directfaas.xds.ca;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** Reads and writes PEM. Errors never quote what was read: it may be a key. */
final class Pem {
  private Pem() {}

  /** All certificates in a text, in order; other objects are passed over. */
  static List<X509Certificate> certificates(String text) {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Object object : objects(text)) {
      if (object instanceof X509CertificateHolder holder) {
        try {
          certificates.add(new JcaX509CertificateConverter().getCertificate(holder));
        } catch (CertificateException e) {
          throw new IllegalArgumentException("holds a certificate that cannot be read", e);
        }
      }
    }
    return certificates;
  }

  /**
   * The one private key in a text: PKCS#8, SEC 1 or PKCS#1, not encrypted.
   *
   * @throws IllegalArgumentException if there is none, or several
   */
  static PrivateKey privateKey(String text) {
    List<PrivateKeyInfo> keys = new ArrayList<>();
    for (Object object : objects(text)) {
      switch (object) {
        case PrivateKeyInfo key -> keys.add(key);
        case PEMKeyPair pair -> keys.add(pair.getPrivateKeyInfo());
        case PEMEncryptedKeyPair encrypted ->
            throw new IllegalArgumentException("the private key is encrypted");
        case PKCS8EncryptedPrivateKeyInfo encrypted ->
            throw new IllegalArgumentException("the private key is encrypted");
        default -> {}
      }
    }
    if (keys.size() != 1) {
      throw new IllegalArgumentException("expected one private key, found " + keys.size());
    }
    try {
      return new JcaPEMKeyConverter().getPrivateKey(keys.getFirst());
    } catch (IOException e) {
      throw new IllegalArgumentException("the private key cannot be read", e);
    }
  }

  private static List<Object> objects(String text) {
    List<Object> objects = new ArrayList<>();
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
        objects.add(object);
      }
      return objects;
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("is not PEM, or damaged", e);
    }
  }

  static String ofCertificate(byte[] der) {
    return write("CERTIFICATE", der);
  }

  /**
   * @param der PKCS#8
   */
  static String ofPrivateKey(byte[] der) {
    return write("PRIVATE KEY", der);
  }

  private static String write(String type, byte[] der) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, der));
    } catch (IOException e) {
      throw new IllegalStateException("a string does not fail", e);
    }
    return text.toString();
  }
}
