package io.directfaas.standalone.node.names;

import io.directfaas.graph.watch.GraphWatcher;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;

/** Follows the graph for the names of this node, for as long as it is not closed. */
public final class NamesFollower implements AutoCloseable {
  private static final String SUBSCRIBER = "names";

  private final ManagedChannel channel;
  private final GraphWatcher watcher;

  /**
   * @param port where the graph's owner is listening, on the loopback interface, now or later
   */
  public NamesFollower(Names names, int port) {
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    watcher = GraphWatcher.mesh(SUBSCRIBER, channel, names);
  }

  public void start() {
    watcher.start();
  }

  /** The revision whose names are in force, 0 before the first. */
  public long revision() {
    return watcher.revision();
  }

  @Override
  public void close() {
    watcher.close();
    channel.shutdownNow();
  }
}
