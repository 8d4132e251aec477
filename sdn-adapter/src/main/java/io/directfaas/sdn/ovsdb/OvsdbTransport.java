package io.directfaas.sdn.ovsdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Bytes to and from a database. */
interface OvsdbTransport extends AutoCloseable {
  int CONNECT_LIMIT_MS = 5000;

  InputStream input() throws IOException;

  void write(byte[] bytes) throws IOException;

  @Override
  void close() throws IOException;

  /**
   * @throws IOException if no one listens there, or the two do not trust each other
   */
  static OvsdbTransport connect(OvsdbAddress address, @Nullable SSLContext tls) throws IOException {
    return switch (address) {
      case OvsdbAddress.Unix unix ->
          new OverChannel(SocketChannel.open(UnixDomainSocketAddress.of(unix.path())));
      case OvsdbAddress.Tcp tcp -> new OverSocket(tcp(tcp.host(), tcp.port()));
      case OvsdbAddress.Tls secured -> {
        if (tls == null) {
          throw new IOException("an ssl: address needs a certificate, a key and a CA");
        }
        Socket plain = tcp(secured.host(), secured.port());
        SSLSocket socket =
            (SSLSocket)
                tls.getSocketFactory().createSocket(plain, secured.host(), secured.port(), true);
        // Open vSwitch's own tools trust whom the CA vouches for, whatever the name; so do we.
        socket.setSoTimeout(CONNECT_LIMIT_MS);
        socket.startHandshake();
        socket.setSoTimeout(0);
        yield new OverSocket(socket);
      }
    };
  }

  private static Socket tcp(String host, int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(host, port), CONNECT_LIMIT_MS);
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    return socket;
  }

  /** For inet addresses. */
  record OverSocket(Socket socket) implements OvsdbTransport {
    @Override
    public InputStream input() throws IOException {
      return socket.getInputStream();
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** For unix sockets. */
  record OverChannel(SocketChannel channel) implements OvsdbTransport {
    @Override
    public InputStream input() {
      return new ChannelInput(channel);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /**
   * {@code Channels.newInputStream} may hold a lock while it blocks that a writer then waits for.
   */
  final class ChannelInput extends InputStream {
    private final SocketChannel channel;

    ChannelInput(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return channel.read(ByteBuffer.wrap(into, offset, length));
    }
  }
}
