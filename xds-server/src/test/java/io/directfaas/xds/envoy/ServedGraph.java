package io.directfaas.xds.envoy;

import io.directfaas.graph.Graph;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/** A graph's owner without a fabric, for a server that follows it over gRPC. */
public final class ServedGraph implements AutoCloseable {
  private final GraphPublisher publisher;
  private final Server server;

  public ServedGraph(Graph graph) throws IOException {
    publisher =
        new GraphPublisher(
            graph,
            new PublisherConfig(
                Set.of(PublisherConfig.Role.MESH), Duration.ofSeconds(5), Duration.ofMillis(10)));
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(publisher.service())
            .build()
            .start();
  }

  public GraphPublisher publisher() {
    return publisher;
  }

  /** Of the loopback interface. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    publisher.close();
  }
}
