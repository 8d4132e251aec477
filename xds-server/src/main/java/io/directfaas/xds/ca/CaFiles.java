package io.directfaas.xds.ca;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority on disk: a given one, or the built-in one, which is made where there is none. The
 * built-in one is two files: {@value #AUTHORITY}, certificate and key in one so that they cannot
 * fall apart, readable by us alone; and {@value #TRUST}, the roots. Both may be replaced by hand.
 */
final class CaFiles {
  static final String AUTHORITY = "ca.pem";
  static final String TRUST = "trust.pem";

  private static final Logger log = LoggerFactory.getLogger(CaFiles.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final CaProperties properties;

  CaFiles(CaProperties properties) {
    this.properties = properties;
  }

  /** What the files say, for telling whether they changed. */
  record Contents(String certificates, String key, String roots) {
    @Override
    public String toString() {
      return "(the authority's files)";
    }
  }

  /**
   * Reads the files; makes the built-in authority where there is none yet.
   *
   * @throws IllegalArgumentException naming the file that cannot be read
   */
  Contents read() {
    Path certificate = properties.certificate();
    Path key = properties.key();
    if (certificate != null && key != null) {
      String chain = text(certificate, "certificate");
      Path bundle = properties.trustBundle();
      return new Contents(
          chain,
          text(key, "key"),
          bundle == null ? selfSigned(chain, certificate) : text(bundle, "trust-bundle"));
    }
    Path authority = properties.directory().resolve(AUTHORITY);
    Path trust = properties.directory().resolve(TRUST);
    try {
      if (!Files.exists(authority)) {
        Files.createDirectories(properties.directory());
        SelfSigned made = SelfSigned.create(properties.trustDomain());
        write(authority, made.certificate() + made.key());
        log.info("made a certificate authority of trust domain {}", properties.trustDomain());
      }
      String both = text(authority, "directory");
      if (!Files.exists(trust)) {
        // Also after a crash between the two files.
        write(trust, selfSigned(both, authority));
      }
      return new Contents(both, both, text(trust, "directory"));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "ca.directory: cannot keep the certificate authority in "
              + properties.directory()
              + ": "
              + e,
          e);
    }
  }

  /**
   * @throws IllegalArgumentException saying which file does not fit and why
   */
  CertificateAuthority parse(Contents contents) {
    List<X509Certificate> chain =
        named(certificateFile(), () -> Pem.certificates(contents.certificates()));
    PrivateKey key = named(keyFile(), () -> Pem.privateKey(contents.key()));
    List<X509Certificate> roots = named(trustFile(), () -> Pem.certificates(contents.roots()));
    return named(certificateFile(), () -> new CertificateAuthority(chain, key, roots));
  }

  private String certificateFile() {
    return properties.certificate() == null
        ? properties.directory().resolve(AUTHORITY).toString()
        : "ca.certificate " + properties.certificate();
  }

  private String keyFile() {
    return properties.key() == null ? certificateFile() : "ca.key " + properties.key();
  }

  private String trustFile() {
    return properties.certificate() == null
        ? properties.directory().resolve(TRUST).toString()
        : "ca.trust-bundle " + properties.trustBundle();
  }

  private interface Reading<T> {
    T get();
  }

  private static <T> T named(String file, Reading<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static String selfSigned(String chain, Path file) {
    StringBuilder roots = new StringBuilder();
    for (X509Certificate certificate : named(file.toString(), () -> Pem.certificates(chain))) {
      if (certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
        roots.append(encoded(certificate));
      }
    }
    if (roots.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": holds no root; name the roots that peers trust by ca.trust-bundle");
    }
    return roots.toString();
  }

  static String encoded(X509Certificate certificate) {
    try {
      return Pem.ofCertificate(certificate.getEncoded());
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    }
  }

  private static String text(Path file, String property) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("ca." + property + ": cannot read " + file + ": " + e, e);
    }
  }

  /** Whole or not at all, and never readable by others. */
  private static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    Path directory = file.getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
