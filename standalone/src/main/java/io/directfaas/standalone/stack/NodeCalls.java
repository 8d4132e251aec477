package io.directfaas.standalone.stack;

import io.directfaas.graph.load.LoadReporter;
import io.directfaas.graph.load.SourceCalls;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;

/** Passes what functions say of their calls on to the graph's owner, for as long as it is open. */
final class NodeCalls implements AutoCloseable {
  private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final LoadReporter reporter;

  /**
   * @param port where the graph's owner is listening, on the loopback interface, now or later
   */
  NodeCalls(int port) {
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    reporter = new LoadReporter("node", channel, REPORT_EVERY, List::of);
  }

  void take(SourceCalls calls) {
    reporter.report(calls);
  }

  @Override
  public void close() {
    reporter.close();
    channel.shutdown();
  }
}
