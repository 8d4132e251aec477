package io.directfaas.standalone.cli.deploy;

import io.directfaas.standalone.cli.CommandFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * A function's code, read into memory once, so that what was hashed is what is stored.
 *
 * @param folder where it was read
 * @param sha256 of all paths, kinds and contents, in hex; times and owners play no part
 * @param items sorted by path
 */
public record CodeBundle(Path folder, String sha256, List<Item> items) {
  /** Largest bundle, bytes. */
  public static final long MAX_BYTES = 64L << 20;

  private static final Set<String> SKIPPED = Set.of("__pycache__", ".git");

  /** What an item is. */
  public enum Kind {
    FILE,
    PROGRAM,
    LINK
  }

  /**
   * @param path relative to the folder
   * @param kind file, file with an x bit, or symbolic link
   * @param content the bytes, or the link's target
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Item(String path, Kind kind, byte[] content) {}

  /**
   * Reads a folder.
   *
   * @throws CommandFailed if it cannot be read, is too large, is empty, or holds something that is
   *     neither file nor folder nor a link to one of its own
   */
  public static CodeBundle read(Path folder) {
    try {
      Path root = folder.toRealPath();
      Collector collector = new Collector(folder, root);
      Files.walkFileTree(root, collector);
      List<Item> items = collector.items;
      if (items.isEmpty()) {
        throw new CommandFailed("there is no code in " + folder);
      }
      items.sort(Comparator.comparing(Item::path));
      return new CodeBundle(folder, hash(items), List.copyOf(items));
    } catch (IOException | UncheckedIOException e) {
      throw new CommandFailed("cannot read the code in " + folder + ": " + e, e);
    }
  }

  private static String hash(List<Item> items) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (Item item : items) {
      // Lengths first, so that no two different bundles give the same sequence of bytes.
      byte[] path = item.path().getBytes(StandardCharsets.UTF_8);
      digest.update(
          ByteBuffer.allocate(8).putInt(item.kind().ordinal()).putInt(path.length).flip());
      digest.update(path);
      digest.update(ByteBuffer.allocate(4).putInt(item.content().length).flip());
      digest.update(item.content());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static final class Collector extends SimpleFileVisitor<Path> {
    private final List<Item> items = new ArrayList<>();
    private final Path shown;
    private final Path root;
    private long bytes;

    Collector(Path shown, Path root) {
      this.shown = shown;
      this.root = root;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      return skipped(folder) && !folder.equals(root)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      String path = root.relativize(file).toString();
      if (skipped(file)) {
        return FileVisitResult.CONTINUE;
      }
      if (attributes.isSymbolicLink()) {
        String target = Files.readSymbolicLink(file).toString();
        Path real = Files.exists(file) ? file.toRealPath() : null;
        if (Path.of(target).isAbsolute() || real == null || !real.startsWith(root)) {
          throw new CommandFailed(
              "%s in %s is a link out of the folder (to %s); a bundle must stand alone"
                  .formatted(path, shown, target));
        }
        items.add(new Item(path, Kind.LINK, target.getBytes(StandardCharsets.UTF_8)));
      } else if (attributes.isRegularFile()) {
        bytes += attributes.size();
        if (bytes > MAX_BYTES) {
          throw new CommandFailed(
              "the code in %s is larger than %d MiB".formatted(shown, MAX_BYTES >> 20));
        }
        Kind kind = Files.isExecutable(file) && hasXBit(file) ? Kind.PROGRAM : Kind.FILE;
        items.add(new Item(path, kind, Files.readAllBytes(file)));
      } else {
        throw new CommandFailed(path + " in " + shown + " is neither a file nor a folder");
      }
      return FileVisitResult.CONTINUE;
    }

    private static boolean skipped(Path path) {
      Path name = path.getFileName();
      return name != null && SKIPPED.contains(name.toString());
    }

    private static boolean hasXBit(Path file) throws IOException {
      return Files.getPosixFilePermissions(file).stream()
          .anyMatch(permission -> permission.name().endsWith("_EXECUTE"));
    }
  }
}
