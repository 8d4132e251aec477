package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A client's end of one stream that does what a test tells it to, right or wrong.
 *
 * @param <Q> the request message
 * @param <P> the response message
 */
class RawStream<Q, P> implements ClientResponseObserver<Q, P> {
  /** Of nothing: its answer shows that all that was sent before has been dealt with. */
  static final String PROBE = "type.googleapis.com/probe.";

  final BlockingQueue<P> responses = new LinkedBlockingQueue<>();
  final CompletableFuture<Status> end = new CompletableFuture<>();
  final Node node;
  private final AtomicInteger probes = new AtomicInteger();
  private final int initialRequests;
  private volatile @Nullable ClientCallStreamObserver<Q> requests;

  /**
   * @param initialRequests how many responses to read unasked; negative for all
   */
  RawStream(
      Channel channel,
      MethodDescriptor<Q, P> method,
      String node,
      String cluster,
      int initialRequests) {
    this.node = Node.newBuilder().setId(node).setCluster(cluster).build();
    this.initialRequests = initialRequests;
    ClientCalls.asyncBidiStreamingCall(channel.newCall(method, io.grpc.CallOptions.DEFAULT), this);
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> stream) {
    requests = stream;
    if (initialRequests >= 0) {
      stream.disableAutoRequestWithInitial(initialRequests);
    }
  }

  ClientCallStreamObserver<Q> requests() {
    ClientCallStreamObserver<Q> stream = requests;
    if (stream == null) {
      throw new IllegalStateException("not started");
    }
    return stream;
  }

  void send(Q message) {
    requests().onNext(message);
  }

  @Override
  public void onNext(P response) {
    responses.add(response);
  }

  @Override
  public void onError(Throwable error) {
    end.complete(Status.fromThrowable(error));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }

  /** The next response; waits for it. */
  P next() {
    try {
      P response = responses.poll(30, TimeUnit.SECONDS);
      assertThat(response).as("a response; the stream's end is %s", end).isNotNull();
      return response;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Status ended() throws Exception {
    return end.get(30, TimeUnit.SECONDS);
  }

  String nextProbe() {
    return PROBE + "P" + probes.incrementAndGet();
  }
}
