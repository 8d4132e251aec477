package io.directfaas.watchdog;

import io.directfaas.watchdog.metrics.DirectCalls;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells the node of the calls that only we have seen: a line over a unix socket when something
 * changed, and now and then when not, so that a node that was away learns it all the same. What is
 * lost costs nothing, as every line says everything.
 */
final class CountsReport implements AutoCloseable {
  private static final long EVERY_SECONDS = 2;
  private static final int REPEAT_EVERY = 10;

  private final UnixDomainSocketAddress address;
  private final DirectCalls calls;
  // Guarded by this.
  private @Nullable SocketChannel channel;
  private String told = "";
  private int unchanged;

  CountsReport(Path socket, DirectCalls calls, ScheduledExecutorService timers) {
    this.address = UnixDomainSocketAddress.of(socket);
    this.calls = calls;
    timers.scheduleWithFixedDelay(this::tell, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  private synchronized void tell() {
    if (calls.isEmpty()) {
      return;
    }
    String line = calls.line();
    if (line.equals(told) && ++unchanged < REPEAT_EVERY) {
      return;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap((line + '\n').getBytes(StandardCharsets.US_ASCII));
      connected().write(bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("the node does not read");
      }
      told = line;
      unchanged = 0;
    } catch (IOException nobodyListens) {
      // It may be on its way back.
      told = "";
      hangUp();
    }
  }

  /** Never waits: the thread is that of all timeouts. */
  private SocketChannel connected() throws IOException {
    if (channel == null) {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.configureBlocking(false);
      channel.connect(address);
    }
    return channel;
  }

  private void hangUp() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException closedAnyway) {
      Log.line("Cannot close the counts' socket: " + closedAnyway);
    }
    channel = null;
  }

  /** Says the last word. */
  @Override
  public synchronized void close() {
    tell();
    hangUp();
  }
}
