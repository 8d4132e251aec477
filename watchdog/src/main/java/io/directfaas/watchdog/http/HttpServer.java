package io.directfaas.watchdog.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Listens on a port and serves each connection on a virtual thread of its own. */
public final class HttpServer implements AutoCloseable {
  /** Connections beyond it wait in the backlog: each holds some KiB of a small heap. */
  private static final int MAX_CONNECTIONS = 1024;

  private static final int BACKLOG = 1024;

  /** How long a client may go on sending after its answer when there is no read timeout. */
  private static final Duration LINGER = Duration.ofSeconds(30);

  /**
   * Timeouts of a server.
   *
   * @param readTimeout how long a request may keep us waiting for its bytes; not positive: for ever
   * @param writeTimeout how long a client may take to read an answer; not positive: for ever
   */
  public record Settings(Duration readTimeout, Duration writeTimeout) {}

  private final ServerSocket listener;
  private final Settings settings;
  private final Handler handler;
  private final ScheduledThreadPoolExecutor timers;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Semaphore places = new Semaphore(MAX_CONNECTIONS);
  private volatile boolean draining;

  /**
   * Binds the port on all addresses; connections wait until {@link #start()}.
   *
   * @param port 0 for any free one
   * @param timers runs timeouts; never given anything that blocks
   */
  public HttpServer(
      int port, Settings settings, ScheduledThreadPoolExecutor timers, Handler handler)
      throws IOException {
    this.settings = settings;
    this.timers = timers;
    this.handler = handler;
    this.listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(port), BACKLOG);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Begins to accept, on a thread that keeps the JVM alive. */
  public void start() {
    Thread.ofPlatform().name("accept-" + port()).start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      places.acquireUninterruptibly();
      try {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true); // else a small answer may wait for the client's delayed ACK
        socket.setKeepAlive(true); // idle connections of clients that vanished end some day
        Connection connection = new Connection(socket, this);
        connections.add(connection);
        Thread.ofVirtual().start(connection);
      } catch (IOException closedOrOutOfDescriptors) {
        places.release();
        if (!listener.isClosed()) {
          pause();
        }
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** No new connections from now on, and each open one ends with its next answer. */
  public void drain() {
    draining = true;
    try {
      listener.close();
    } catch (IOException ignored) {
      // It accepts no more either way.
    }
  }

  /** Ends everything, answers under way included. */
  @Override
  public void close() {
    drain();
    connections.forEach(Connection::close);
  }

  Settings settings() {
    return settings;
  }

  Handler handler() {
    return handler;
  }

  boolean draining() {
    return draining;
  }

  ScheduledThreadPoolExecutor timers() {
    return timers;
  }

  void closeUnless(BooleanSupplier done, Connection connection) {
    Duration wait = settings.readTimeout().isPositive() ? settings.readTimeout() : LINGER;
    var unused =
        timers.schedule(
            () -> {
              if (!done.getAsBoolean()) {
                connection.close();
              }
            },
            wait.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  void forget(Connection connection) {
    if (connections.remove(connection)) {
      places.release();
    }
  }
}
