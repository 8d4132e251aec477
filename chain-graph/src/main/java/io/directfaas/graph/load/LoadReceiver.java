package io.directfaas.graph.load;

import io.directfaas.graph.v1.LoadAck;
import io.directfaas.graph.v1.LoadReportsGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The owner's end of the load reports: a gRPC service. */
public final class LoadReceiver extends LoadReportsGrpc.LoadReportsImplBase {
  private static final Logger log = LoggerFactory.getLogger(LoadReceiver.class);

  private final LoadSink sink;

  /** Whose word counts: the newest stream of each reporter. */
  private final ConcurrentMap<String, Reports> current = new ConcurrentHashMap<>();

  public LoadReceiver(LoadSink sink) {
    this.sink = sink;
  }

  @Override
  public StreamObserver<io.directfaas.graph.v1.LoadReport> report(StreamObserver<LoadAck> acks) {
    return new Reports((ServerCallStreamObserver<LoadAck>) acks);
  }

  private final class Reports implements StreamObserver<io.directfaas.graph.v1.LoadReport> {
    private final ServerCallStreamObserver<LoadAck> acks;
    private volatile @Nullable String reporter;

    Reports(ServerCallStreamObserver<LoadAck> acks) {
      this.acks = acks;
      acks.setOnCancelHandler(this::ended);
    }

    @Override
    public void onNext(io.directfaas.graph.v1.LoadReport message) {
      String name = reporter;
      if (name == null) {
        name = message.getReporter();
        if (name.isBlank()) {
          fail(Status.INVALID_ARGUMENT.withDescription("reporter: is missing"));
          return;
        }
        reporter = name;
        Reports replaced = current.put(name, this);
        if (replaced != null) {
          replaced.fail(Status.ABORTED.withDescription("replaced by a newer stream"));
        }
      }
      LoadReport report;
      try {
        report = LoadWire.fromProto(message);
      } catch (IllegalArgumentException e) {
        fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
        return;
      }
      var unused =
          sink.take(name, report)
              .whenComplete((stored, error) -> answer(message.getSequence(), error));
    }

    private synchronized void answer(long sequence, @Nullable Throwable error) {
      if (error != null) {
        log.warn("a load report of {} is not stored: {}", reporter, error.toString());
        fail(Status.UNAVAILABLE.withDescription("the report cannot be stored"));
      } else if (!acks.isCancelled()) {
        acks.onNext(LoadAck.newBuilder().setSequence(sequence).build());
      }
    }

    private synchronized void fail(Status status) {
      if (!acks.isCancelled()) {
        try {
          acks.onError(status.asRuntimeException());
        } catch (IllegalStateException e) {
          log.debug("ended already", e);
        }
      }
      ended();
    }

    @Override
    public void onError(Throwable error) {
      ended();
    }

    @Override
    public void onCompleted() {
      synchronized (this) {
        if (!acks.isCancelled()) {
          acks.onCompleted();
        }
      }
      ended();
    }

    private void ended() {
      String name = reporter;
      if (name != null && current.remove(name, this)) {
        sink.lost(name);
      }
    }
  }
}
