package io.directfaas.xds.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The control API's user, by OpenFaaS's files {@code basic-auth-user} and {@code
 * basic-auth-password}. They are read for each check: who changes them need not restart anything.
 */
final class AdminCredentials {
  private static final String SCHEME = "Basic ";

  private final Path directory;

  AdminCredentials(Path directory) {
    this.directory = directory;
  }

  /**
   * Whether an Authorization header carries them. Takes the same time however much of it is right.
   *
   * @throws IOException if the files cannot be read, or are empty
   */
  boolean match(@Nullable String authorization) throws IOException {
    String expected = read("basic-auth-user") + ":" + read("basic-auth-password");
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    try {
      byte[] given = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
      return MessageDigest.isEqual(given, expected.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private String read(String name) throws IOException {
    String text = Files.readString(directory.resolve(name)).strip();
    if (text.isEmpty()) {
      throw new IOException(directory.resolve(name) + " is empty");
    }
    return text;
  }
}
