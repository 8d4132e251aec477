package io.directfaas.sdn.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Between a controller and a switch: cuts the connection once the controller has sent so many
 * bytes, as if the controller's process had died there. Keeps what it has let pass. Takes one
 * connection after the other.
 */
public final class CuttingProxy implements AutoCloseable {
  private final Path directory;
  private final ServerSocketChannel listening;
  private final Path target;
  private final CountDownLatch cut = new CountDownLatch(1);
  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private volatile @Nullable SocketChannel near;
  private volatile long left;

  public CuttingProxy(Path target, long bytes) throws IOException {
    left = bytes;
    this.target = target;
    directory = Files.createTempDirectory(Path.of("/tmp"), "df-cut-");
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofVirtual().start(this::accept);
  }

  public Path socket() {
    return directory.resolve("s");
  }

  /** Returns when the cut is made. */
  public CountDownLatch cut() {
    return cut;
  }

  /** What the controller has sent so far on this connection. */
  public byte[] passed() {
    return passed.toByteArray();
  }

  /** Says something to the controller in the switch's name, while the switch itself is silent. */
  public void toController(byte[] message) throws IOException {
    Relay.write(Objects.requireNonNull(near), ByteBuffer.wrap(message));
  }

  private void accept() {
    try {
      while (left > 0) {
        carry();
      }
    } catch (IOException e) {
      // Closed, or the switch has gone.
    } finally {
      cut.countDown();
    }
  }

  /** One connection, from its beginning to its end. */
  private void carry() throws IOException {
    try (SocketChannel accepted = listening.accept();
        SocketChannel onwards = SocketChannel.open(UnixDomainSocketAddress.of(target))) {
      passed.reset();
      near = accepted;
      Thread.ofVirtual().start(() -> Relay.copy(onwards, accepted));
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      while (left > 0) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        if (accepted.read(buffer) < 0) {
          return;
        }
        left -= buffer.position();
        passed.write(buffer.array(), 0, buffer.position());
        Relay.write(onwards, buffer.flip());
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    SocketChannel open = near;
    if (open != null) {
      open.close();
    }
    Files.deleteIfExists(socket());
    Files.deleteIfExists(directory);
  }
}
