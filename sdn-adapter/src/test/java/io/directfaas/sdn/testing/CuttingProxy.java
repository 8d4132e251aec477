package io.directfaas.sdn.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Between a controller and a switch: cuts the connection once the controller has sent so many
 * bytes, as if the controller's process had died there. Takes one connection.
 */
public final class CuttingProxy implements AutoCloseable {
  private final Path directory;
  private final ServerSocketChannel listening;
  private final SocketChannel onwards;
  private final CountDownLatch cut = new CountDownLatch(1);
  private volatile long left;

  public CuttingProxy(Path target, long bytes) throws IOException {
    left = bytes;
    directory = Files.createTempDirectory(Path.of("/tmp"), "df-cut-");
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket()));
    onwards = SocketChannel.open(UnixDomainSocketAddress.of(target));
    Thread.ofVirtual().start(this::accept);
  }

  public Path socket() {
    return directory.resolve("s");
  }

  /** Returns when the cut is made. */
  public CountDownLatch cut() {
    return cut;
  }

  private void accept() {
    try (SocketChannel near = listening.accept()) {
      Thread.ofVirtual().start(() -> copyBack(near));
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      while (left > 0) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        if (near.read(buffer) < 0) {
          break;
        }
        left -= buffer.position();
        write(onwards, buffer.flip());
      }
      onwards.close();
    } catch (IOException e) {
      // One end has gone; so does the other.
    } finally {
      cut.countDown();
    }
  }

  private void copyBack(SocketChannel near) {
    ByteBuffer buffer = ByteBuffer.allocate(65536);
    try {
      while (onwards.read(buffer.clear()) >= 0) {
        write(near, buffer.flip());
      }
    } catch (IOException e) {
      // As above.
    }
  }

  private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    onwards.close();
    Files.deleteIfExists(socket());
    Files.deleteIfExists(directory);
  }
}
