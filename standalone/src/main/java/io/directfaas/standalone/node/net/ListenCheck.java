package io.directfaas.standalone.node.net;

import io.directfaas.standalone.node.process.ProcFs;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether somebody listens on a port of a network namespace, for who asks again and again. To list
 * a namespace's sockets the kernel goes through its table of all connections of the machine, some
 * milliseconds however few there are. But a socket that has been found listening is there for as
 * long as the descriptor that holds it, and that is one link to read.
 */
public final class ListenCheck {
  /**
   * @param descriptor a file in {@code /proc/<pid>/fd}
   * @param socket what it leads to, a name that no other socket of the machine has
   */
  private record Held(Path descriptor, Path socket) {}

  private final int port;
  private volatile @Nullable Held held;

  public ListenCheck(int port) {
    this.port = port;
  }

  /**
   * @param pid of any process in the namespace
   */
  public boolean listens(long pid) {
    Held known = held;
    if (known != null && leadsTo(known.descriptor, known.socket)) {
      return true;
    }
    Optional<Long> listener = TcpSockets.of(pid).listener(port);
    held = listener.flatMap(inode -> holder(pid, inode)).orElse(null);
    return listener.isPresent();
  }

  /** Its descriptor in one of the processes that share the namespace. */
  private static Optional<Held> holder(long pid, long inode) {
    Path socket = Path.of("socket:[" + inode + "]");
    try {
      List<Long> neighbours =
          ProcFs.networkNamespace(pid).map(ProcFs.pidsByNetworkNamespace()::get).orElse(List.of());
      return neighbours.stream().flatMap(each -> holder(each, socket).stream()).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Held> holder(long pid, Path socket) {
    Path all = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(all)) {
      for (Path descriptor : descriptors) {
        if (leadsTo(descriptor, socket)) {
          return Optional.of(new Held(descriptor, socket));
        }
      }
    } catch (IOException e) {
      // It has ended meanwhile.
    }
    return Optional.empty();
  }

  private static boolean leadsTo(Path descriptor, Path socket) {
    try {
      return Files.readSymbolicLink(descriptor).equals(socket);
    } catch (IOException e) {
      return false;
    }
  }
}
