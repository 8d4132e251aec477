package io.directfaas.graph.watch;

import io.directfaas.graph.v1.Ack;
import io.directfaas.graph.v1.Stage;
import io.directfaas.graph.v1.WatchUpdate;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the publisher knows of one subscriber. Confined to the publisher's thread. Outlives the
 * subscriber's stream, so that progress can name who is away.
 */
final class SubscriberState {
  final String name;
  final PublisherConfig.Role role;

  /** Null while it is away. */
  private @Nullable StreamObserver<WatchUpdate> stream;

  /** What is sent and not acked; at most one update at a time. */
  private @Nullable WatchUpdate outstanding;

  /** The revision prepared (fabric) or pushed (mesh), 0 when none. */
  private long acked;

  /** The revision the last RETIRE named, 0 when none on this stream. */
  private long retired;

  /** Of the last good ack. */
  private List<Laggard> laggards = List.of();

  private String error = "";

  SubscriberState(String name, PublisherConfig.Role role) {
    this.name = name;
    this.role = role;
  }

  /** A new stream; what the subscriber says it holds is the truth, what we believed is not. */
  void connected(StreamObserver<WatchUpdate> newStream, long held) {
    stream = newStream;
    outstanding = null;
    acked = held;
    retired = 0;
    error = "";
  }

  void disconnected() {
    stream = null;
    outstanding = null;
  }

  boolean isConnected() {
    return stream != null;
  }

  boolean isOn(StreamObserver<WatchUpdate> candidate) {
    return candidate.equals(stream);
  }

  /** Whether it can be sent something now. */
  boolean isIdle() {
    return stream != null && outstanding == null;
  }

  void send(WatchUpdate update) {
    if (stream != null) {
      outstanding = update;
      stream.onNext(update);
    }
  }

  /** Ends its stream, because another one of the same name has come. */
  void replace() {
    if (stream != null) {
      stream.onCompleted();
    }
    disconnected();
  }

  /**
   * Takes an ack.
   *
   * @return whether it was for what is outstanding, and good
   */
  boolean acknowledge(Ack ack) {
    WatchUpdate sent = outstanding;
    if (sent == null
        || sent.getStage() != ack.getStage()
        || sent.getRevision() != ack.getRevision()) {
      return false;
    }
    error = ack.getError();
    if (!error.isEmpty()) {
      return false;
    }
    outstanding = null;
    if (ack.getStage() == Stage.RETIRE) {
      retired = ack.getRevision();
    } else {
      acked = ack.getRevision();
    }
    laggards =
        ack.getLaggardsList().stream()
            .map(laggard -> new Laggard(laggard.getWho(), laggard.getWhy()))
            .toList();
    return true;
  }

  /** After a failed stage: allows to send it again. */
  void clearOutstanding() {
    outstanding = null;
  }

  long acked() {
    return acked;
  }

  long retired() {
    return retired;
  }

  RevisionProgress.Subscriber progress() {
    return new RevisionProgress.Subscriber(
        name, role, isConnected(), acked, retired, laggards, error);
  }
}
