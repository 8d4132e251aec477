package io.directfaas.sdn.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * Key and certificate, as PEM files, of someone who vouches for himself.
 *
 * @param key the private key
 * @param certificate also for whoever is to trust it
 */
public record TestIdentity(Path key, Path certificate) {
  private static final String PASSWORD = "secret";

  /** A new one, made in a directory. */
  public static TestIdentity create(Path directory, String name)
      throws IOException, GeneralSecurityException {
    Path store = directory.resolve(name + ".p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Shell.run(
        keytool,
        "-genkeypair",
        "-alias",
        "me",
        "-keyalg",
        "RSA",
        "-keysize",
        "2048",
        "-dname",
        "CN=" + name,
        "-ext",
        "bc=ca:true",
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD,
        "-keystore",
        store.toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    byte[] key = keys.getKey("me", PASSWORD.toCharArray()).getEncoded();
    return new TestIdentity(
        pem(directory.resolve(name + ".key"), "PRIVATE KEY", key),
        pem(
            directory.resolve(name + ".crt"),
            "CERTIFICATE",
            keys.getCertificate("me").getEncoded()));
  }

  private static Path pem(Path file, String type, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
  }

  /** Gives it to a switch, which from then on trusts an adapter. */
  public void giveTo(OvsInstance ovs, TestIdentity adapter) {
    ovs.vsctl("set-ssl", key.toString(), certificate.toString(), adapter.certificate().toString());
  }
}
