package io.directfaas.xds.stream;

import io.directfaas.xds.SidecarListeners;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One gRPC server per sidecar, each on a unix socket of its own, all on the same few threads. */
public final class UnixSocketServers implements SidecarListeners, AutoCloseable {
  /** Streams of configuration and load, and a call for each request that waits for a replica. */
  private static final int MAX_CALLS_PER_CONNECTION = 1024;

  private final StreamRegistry registry;
  private final List<WorkloadService> services;
  private final EventLoopGroup boss =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("xds-accept", true), NioIoHandler.newFactory());
  private final EventLoopGroup workers =
      new MultiThreadIoEventLoopGroup(
          2, new DefaultThreadFactory("xds-io", true), NioIoHandler.newFactory());
  private final Set<Open> open = ConcurrentHashMap.newKeySet();

  public UnixSocketServers(StreamRegistry registry) {
    this(registry, List.of());
  }

  /**
   * @param services what sidecars are offered on their sockets beside ADS
   */
  public UnixSocketServers(StreamRegistry registry, List<WorkloadService> services) {
    this.registry = registry;
    this.services = List.copyOf(services);
  }

  @Override
  public AutoCloseable open(Path unixSocket, WorkloadIdentity identity, int ownerUid, int ownerGid)
      throws IOException {
    // Made under another name and moved over: a sidecar that reconnects meets either nothing or a
    // socket that is ready and its own, and a stale file needs no removing.
    Peer peer = new Peer.Sidecar(identity);
    Path fresh = unixSocket.resolveSibling(".s~");
    Files.deleteIfExists(fresh);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(fresh))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(boss)
            .workerEventLoopGroup(workers)
            // Streams have executors of their own; callbacks only enqueue.
            .directExecutor()
            // grpc-java sets it on every channel; null unsets it, as a unix socket knows no such
            // thing.
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .maxInboundMessageSize(registry.limits().messageBytes())
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .addServices(DiscoveryServices.of(registry, () -> peer));
    services.forEach(service -> builder.addService(service.of(() -> peer)));
    Server server = builder.build();
    try {
      server.start();
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      Files.setAttribute(fresh, "unix:gid", ownerGid);
      Files.setAttribute(fresh, "unix:uid", ownerUid);
      Files.move(fresh, unixSocket, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      server.shutdownNow();
      Files.deleteIfExists(fresh);
      throw new IOException("cannot open the xDS socket " + unixSocket + ": " + e.getMessage(), e);
    }
    registry.expect(identity);
    Open opened =
        new Open(server, unixSocket, Files.getAttribute(unixSocket, "unix:ino"), identity);
    open.add(opened);
    return opened;
  }

  @Override
  public void close() {
    open.forEach(Open::close);
    boss.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private final class Open implements AutoCloseable {
    private final Server server;
    private final Path socket;
    private final Object inode;
    private final WorkloadIdentity identity;

    private Open(Server server, Path socket, Object inode, WorkloadIdentity identity) {
      this.server = server;
      this.socket = socket;
      this.inode = inode;
      this.identity = identity;
    }

    @Override
    public void close() {
      if (!open.remove(this)) {
        return;
      }
      server.shutdownNow();
      try {
        server.awaitTermination(1, TimeUnit.SECONDS);
        // Another process may have put its own socket there meanwhile.
        if (Files.exists(socket) && Files.getAttribute(socket, "unix:ino").equals(inode)) {
          Files.deleteIfExists(socket);
        }
      } catch (IOException e) {
        // The file is stale then; the next open replaces it.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      registry.forget(identity);
      services.forEach(service -> service.gone(identity));
    }
  }
}
