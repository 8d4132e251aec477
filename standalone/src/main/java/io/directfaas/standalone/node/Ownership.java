package io.directfaas.standalone.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** Owners and modes of the files that users of ours may see. */
public final class Ownership {
  private Ownership() {}

  /**
   * Makes the directory unless it is there, and gives it that owner, group and mode.
   *
   * @param mode as {@code ls -l} shows it, such as {@code rwx------}
   */
  public static void directory(Path dir, int uid, int gid, String mode) throws IOException {
    Files.createDirectories(dir);
    set(dir, uid, gid, mode);
  }

  /** Writes a file that is not there before, so that no link can lead the write elsewhere. */
  public static void file(Path file, byte[] content, int uid, int gid, String mode)
      throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, content);
    set(file, uid, gid, mode);
  }

  /**
   * Makes the directory unless it is there, and gives it and all that is in it that owner and
   * group; nobody else may enter it.
   */
  static void tree(Path dir, int uid, int gid) throws IOException {
    directory(dir, uid, gid, "rwx------");
    try (Stream<Path> paths = Files.walk(dir)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Gives what is there that owner, group and mode. */
  public static void set(Path path, int uid, int gid, String mode) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }
}
