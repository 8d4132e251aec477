package io.directfaas.gateway.watch;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** The gRPC server that subscribers of the graph connect to, with all they have to say. */
public final class GraphWatchServer implements SmartLifecycle {
  private final InetSocketAddress address;
  private final List<BindableService> services;
  private @Nullable Server server;

  /**
   * @param services the watch, and what else its subscribers need of us
   */
  public GraphWatchServer(InetSocketAddress address, List<BindableService> services) {
    this.address = address;
    this.services = List.copyOf(services);
  }

  @Override
  public synchronized void start() {
    try {
      NettyServerBuilder builder = NettyServerBuilder.forAddress(address);
      services.forEach(builder::addService);
      server = builder.build().start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "the graph watch cannot listen on " + address + ": " + rootMessage(e), e);
    }
  }

  /** The port it listens on. */
  public synchronized int port() {
    Server running = server;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running.getPort();
  }

  @Override
  public synchronized void stop() {
    if (server != null) {
      // Streams of the watch never end by themselves; subscribers resume.
      server.shutdownNow();
      server = null;
    }
  }

  @Override
  public synchronized boolean isRunning() {
    return server != null;
  }

  /** Before the web server: an accepted change can be watched. */
  @Override
  public int getPhase() {
    return 0;
  }

  private static @Nullable String rootMessage(Throwable error) {
    Throwable cause = error.getCause();
    return cause == null ? error.getMessage() : rootMessage(cause);
  }
}
