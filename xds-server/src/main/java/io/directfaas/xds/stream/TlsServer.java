package io.directfaas.xds.stream;

import io.directfaas.xds.identity.Authenticator;
import io.directfaas.xds.identity.ServerTls;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The xDS services on a TCP port, with TLS, for clients whose credentials prove which function they
 * act for. Has I/O threads of its own: whatever comes by TCP, sidecars on their sockets do not
 * wait.
 */
public final class TlsServer implements AutoCloseable {
  private static final int MAX_CALLS_PER_CONNECTION = 16;
  private static final int MAX_METADATA_BYTES = 16 << 10;

  private final EventLoopGroup boss =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("xds-tcp-accept", true), NioIoHandler.newFactory());
  private final EventLoopGroup workers =
      new MultiThreadIoEventLoopGroup(
          2, new DefaultThreadFactory("xds-tcp-io", true), NioIoHandler.newFactory());
  private final Server server;

  /**
   * Starts serving.
   *
   * @param connectionAge how long a connection lives at most, give or take a tenth: who reconnects
   *     shows its credential anew
   * @param services what clients are offered beside the discovery services
   * @throws IOException if the address cannot be listened on
   */
  public TlsServer(
      InetSocketAddress address,
      ServerTls tls,
      Authenticator authenticator,
      Duration connectionAge,
      StreamRegistry registry,
      List<WorkloadService> services)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address, tls.credentials())
            .channelType(NioServerSocketChannel.class)
            .bossEventLoopGroup(boss)
            .workerEventLoopGroup(workers)
            // Streams have executors of their own; callbacks only enqueue.
            .directExecutor()
            .maxInboundMessageSize(registry.limits().messageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            // A peer that is gone without a word is noticed, one that only listens is not kept.
            .keepAliveTime(60, TimeUnit.SECONDS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxConnectionIdle(1, TimeUnit.MINUTES)
            .maxConnectionAge(connectionAge.toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionAgeGrace(5, TimeUnit.SECONDS)
            .intercept(authenticator)
            .addServices(DiscoveryServices.of(registry, Authenticator::peer));
    services.forEach(service -> builder.addService(service.of(Authenticator::peer)));
    server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      close();
      throw new IOException("cannot serve xDS on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    boss.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
