package io.directfaas.standalone.node.net;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The named network namespaces of one stack. Each is entered in the stack's register before it is
 * made and taken out after it is gone, so that a sweep knows which are ours whatever they are
 * called.
 */
public final class Namespaces {
  private final Path register;

  public Namespaces(Layout layout) {
    this.register = layout.namespaceRegister();
  }

  /** Those that are registered, whether they exist or not. */
  public Set<String> registered() throws IOException {
    if (!Files.isDirectory(register)) {
      return Set.of();
    }
    try (Stream<Path> entries = Files.list(register)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  public boolean isRegistered(String name) {
    return Files.exists(register.resolve(name));
  }

  public static boolean exists(String name) {
    return inode(name).isPresent();
  }

  /** The inode by which processes refer to it; empty if there is no namespace of that name. */
  public static Optional<Long> inode(String name) {
    try {
      Path file = Layout.namespaceFile(name);
      // `ip netns add` makes an empty file first and mounts the namespace on it next; what only
      // has the file is left from a reboot or a crash.
      boolean mounted = !Files.getFileStore(file).equals(Files.getFileStore(file.getParent()));
      return mounted ? Optional.of((Long) Files.getAttribute(file, "unix:ino")) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Claims the name for a namespace that is made next.
   *
   * @throws IOException if there is one of that name that is not of this stack
   */
  public void claim(String name) throws IOException {
    if (!isRegistered(name) && exists(name)) {
      throw new IOException(
          "network namespace %s exists and is not of this stack; if nothing uses it, delete it by: ip netns del %s"
              .formatted(name, name));
    }
    Files.createDirectories(register);
    Files.writeString(register.resolve(name), "");
    if (!exists(name)) {
      Files.deleteIfExists(Layout.namespaceFile(name));
    }
  }

  /** Makes it unless this stack has it already. */
  public void create(String name) throws IOException {
    claim(name);
    if (!exists(name)) {
      Tool.run("ip", "netns", "add", name);
    }
  }

  /** Gives the namespace this JVM runs in a name, unless it has it already. */
  public void attachOwn(String name) throws IOException {
    claim(name);
    if (!exists(name)) {
      Tool.run("ip", "netns", "attach", name, Long.toString(ProcessHandle.current().pid()));
    }
  }

  /** Deletes one of this stack's. Its processes, if any, keep it alive without a name. */
  public void delete(String name) throws IOException {
    if (!isRegistered(name)) {
      return;
    }
    if (exists(name)) {
      Tool.run("ip", "netns", "del", name);
    } else {
      Files.deleteIfExists(Layout.namespaceFile(name));
    }
    Files.deleteIfExists(register.resolve(name));
  }

  /** The command line that runs a command in it; it execs, so the pid stays. */
  public static List<String> enter(String name) {
    // Not `ip netns exec`: that makes a mount namespace as well and takes ten times as long.
    return List.of("nsenter", "--net=" + Layout.namespaceFile(name), "--");
  }
}
