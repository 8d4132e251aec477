package io.directfaas.sdn.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Between a controller and a switch: answers some of the controller's messages itself, or lets none
 * through for a while, as a switch does that is busy.
 */
public final class Meddler implements AutoCloseable {
  private static final int HEADER = 8;

  /** What becomes of a message to the switch. */
  public interface Rule {
    /** Null lets it through; else this is answered, and the switch does not hear of it. */
    byte @Nullable [] answer(byte[] message);
  }

  private final Path directory;
  private final Path target;
  private final ServerSocketChannel listening;
  private volatile Rule rule = message -> null;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  public Meddler(Path target) throws IOException {
    this.target = target;
    directory = Files.createTempDirectory(Path.of("/tmp"), "df-med-");
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofVirtual().start(this::accept);
  }

  public Path socket() {
    return directory.resolve("s");
  }

  public void obey(Rule now) {
    rule = now;
  }

  /** From now on the switch hears nothing. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  /** From now on it hears again, beginning with what it has missed. */
  public void release() {
    gate.countDown();
  }

  /** An error with the transaction id and the beginning of the message it is about. */
  public static byte[] error(byte[] about, int type, int code) {
    int quoted = Math.min(about.length, 64);
    ByteBuffer error = ByteBuffer.allocate(HEADER + 4 + quoted);
    // ofp_header: version, type, length, xid.
    error.put(about[0]).put((byte) 1).putShort((short) error.capacity()).put(about, 4, 4);
    error.putShort((short) type).putShort((short) code).put(about, 0, quoted);
    return error.array();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel near = listening.accept();
        Thread.ofVirtual().start(() -> carry(near));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void carry(SocketChannel accepted) {
    try (SocketChannel near = accepted;
        SocketChannel far = SocketChannel.open(UnixDomainSocketAddress.of(target))) {
      Thread.ofVirtual().start(() -> Relay.copy(far, near));
      InputStream messages = Channels.newInputStream(near);
      while (true) {
        byte[] message = next(messages);
        gate.await();
        byte[] answer = rule.answer(message);
        if (answer == null) {
          Relay.write(far, ByteBuffer.wrap(message));
        } else {
          Relay.write(near, ByteBuffer.wrap(answer));
        }
      }
    } catch (IOException e) {
      // One end has gone; so does the other.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] next(InputStream in) throws IOException {
    byte[] header = in.readNBytes(HEADER);
    if (header.length < HEADER) {
      throw new EOFException();
    }
    int length = Short.toUnsignedInt(ByteBuffer.wrap(header).getShort(2));
    byte[] rest = in.readNBytes(length - HEADER);
    return ByteBuffer.allocate(HEADER + rest.length).put(header).put(rest).array();
  }

  @Override
  public void close() throws IOException {
    release();
    listening.close();
    Files.deleteIfExists(socket());
    Files.deleteIfExists(directory);
  }
}
