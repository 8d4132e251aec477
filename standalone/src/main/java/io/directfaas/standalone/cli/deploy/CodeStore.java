package io.directfaas.standalone.cli.deploy;

import io.directfaas.standalone.cli.CommandFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Code bundles on disk, each in a folder named for its content, so that what runs cannot be changed
 * by an edit of the folder it came from.
 */
public final class CodeStore {
  private final Path root;

  /**
   * @param root where bundles are kept
   */
  public CodeStore(Path root) {
    this.root = root;
  }

  /**
   * Stores a bundle unless it is there already. It appears at once and whole, or not at all.
   *
   * @return the folder it is in
   */
  public Path store(CodeBundle bundle) {
    Path target = root.resolve(bundle.sha256());
    if (Files.isDirectory(target)) {
      return target;
    }
    try {
      Files.createDirectories(root);
      Path work = Files.createTempDirectory(root, ".incoming-");
      try {
        copy(bundle, work);
        move(work, target);
      } finally {
        delete(work);
      }
    } catch (IOException e) {
      throw new CommandFailed("cannot store the code of " + bundle.folder() + ": " + e, e);
    }
    return target;
  }

  private static void copy(CodeBundle bundle, Path work) throws IOException {
    for (CodeBundle.Item item : bundle.items()) {
      Path to = work.resolve(item.path());
      Path parent = to.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      switch (item.kind()) {
        case LINK ->
            Files.createSymbolicLink(
                to, Path.of(new String(item.content(), java.nio.charset.StandardCharsets.UTF_8)));
        case FILE, PROGRAM -> Files.write(to, item.content());
      }
      if (item.kind() != CodeBundle.Kind.LINK) {
        String mode = item.kind() == CodeBundle.Kind.PROGRAM ? "r-xr-xr-x" : "r--r--r--";
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString(mode));
      }
    }
    // Functions run as users of their own and must be able to read it.
    try (Stream<Path> all = Files.walk(work)) {
      for (Path path : all.filter(p -> Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)).toList()) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  private static void move(Path work, Path target) throws IOException {
    try {
      Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // Another deploy stored the same content first.
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
