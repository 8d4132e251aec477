package io.directfaas.xds.envoy;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Writes down the answers on a gRPC stream, and how it ended.
 *
 * @param <T> the response message
 */
public class StreamAnswers<T> implements StreamObserver<T> {
  public final List<T> all = new CopyOnWriteArrayList<>();
  public final CompletableFuture<Status> end = new CompletableFuture<>();

  @Override
  public void onNext(T answer) {
    all.add(answer);
  }

  @Override
  public void onError(Throwable error) {
    end.complete(Status.fromThrowable(error));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
