package io.directfaas.gateway.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one user of the control API. */
public final class BasicCredentials {
  private static final String SCHEME = "Basic ";
  private static final int PASSWORD_BYTES = 16;

  private final byte[] digest;

  private BasicCredentials(String user, String password) {
    this.digest = sha256((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads OpenFaaS's two files; makes those that are missing, readable by their owner only.
   *
   * @throws IllegalStateException if a file cannot be read or made, or is empty
   */
  public static BasicCredentials load(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      byte[] random = new byte[PASSWORD_BYTES];
      new SecureRandom().nextBytes(random);
      return new BasicCredentials(
          readOrMake(directory.resolve("basic-auth-user"), "admin"),
          readOrMake(directory.resolve("basic-auth-password"), HexFormat.of().formatHex(random)));
    } catch (IOException e) {
      throw new IllegalStateException(
          "the credentials in " + directory + " cannot be used: " + e, e);
    }
  }

  /**
   * Whether an Authorization header carries them. Takes the same time however much of it is right.
   */
  boolean match(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    try {
      byte[] given = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
      return MessageDigest.isEqual(digest, sha256(given));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String readOrMake(Path file, String value) throws IOException {
    if (!Files.exists(file)) {
      // Complete under another name first: a kill never leaves half a password.
      Path temporary = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(temporary);
      try (SeekableByteChannel channel =
          Files.newByteChannel(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        channel.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
      }
      Files.move(temporary, file);
    }
    String text = Files.readString(file).strip();
    if (text.isEmpty()) {
      throw new IOException(file + " is empty");
    }
    return text;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      // every Java platform has it
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
