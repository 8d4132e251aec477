package io.directfaas.xds.identity;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/** The key that tokens are signed with, in a file. */
public final class TokenKey {
  private static final int BYTES = 32;

  private TokenKey() {}

  /**
   * Reads the key; makes one, readable by its owner only, where the file is missing.
   *
   * @throws IllegalStateException if the file cannot be read or made, or holds less than 32 bytes
   */
  public static byte[] load(Path file) {
    try {
      if (!Files.exists(file)) {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
          Files.createDirectories(directory);
        }
        make(file);
      }
      byte[] key = Files.readAllBytes(file);
      if (key.length < BYTES) {
        throw new IOException("it has " + key.length + " bytes, expected at least " + BYTES);
      }
      return key;
    } catch (IOException e) {
      throw new IllegalStateException("the token key " + file + " cannot be used: " + e, e);
    }
  }

  private static void make(Path file) throws IOException {
    byte[] key = new byte[BYTES];
    new SecureRandom().nextBytes(key);
    // Complete under another name first: a kill never leaves half a key.
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (OutputStream out =
        Channels.newOutputStream(
            Files.newByteChannel(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------"))))) {
      out.write(key);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
