package io.directfaas.xds.identity;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for tests, and its certificates as PEM files. */
public final class TestPki {
  /** The files of one certificate. */
  public record Material(Path certificate, Path privateKey) {}

  private final Path directory;
  private final X500Name name;
  private final KeyPair keys;
  public final Path ca;

  public TestPki(Path directory, String name) throws Exception {
    this.directory = directory;
    this.name = new X500Name("CN=" + name);
    keys = keyPair();
    ca = directory.resolve(name + ".crt");
    write(ca, certificate(this.name, keys, List.of(), Duration.ofDays(1), true));
  }

  /** A certificate for a server on loopback. */
  public Material server() throws Exception {
    return issue(
        "server",
        List.of(
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
            new GeneralName(GeneralName.dNSName, "localhost")),
        Duration.ofDays(1));
  }

  /** A certificate with these URIs. */
  public Material client(String file, String... uris) throws Exception {
    return client(file, Duration.ofDays(1), uris);
  }

  public Material client(String file, Duration lifetime, String... uris) throws Exception {
    return issue(
        file,
        List.of(uris).stream()
            .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
            .toList(),
        lifetime);
  }

  private Material issue(String file, List<GeneralName> names, Duration lifetime) throws Exception {
    KeyPair pair = keyPair();
    Material files =
        new Material(directory.resolve(file + ".crt"), directory.resolve(file + ".key"));
    write(files.certificate, certificate(new X500Name("CN=" + file), pair, names, lifetime, false));
    write(files.privateKey, new JcaPKCS8Generator(pair.getPrivate(), null));
    return files;
  }

  private static KeyPair keyPair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private Object certificate(
      X500Name subject, KeyPair pair, List<GeneralName> names, Duration lifetime, boolean isCa)
      throws Exception {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(64, new SecureRandom()),
            Date.from(now.minus(Duration.ofDays(2))),
            Date.from(now.plus(lifetime)),
            subject,
            pair.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
    if (!names.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    return builder.build(signer);
  }

  private static void write(Path file, Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(object);
    }
    Files.writeString(file, text.toString());
  }
}
