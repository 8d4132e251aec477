package io.directfaas.graph.activation;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.activation.Activator.Outcome;
import io.directfaas.graph.v1.ActivateReply;
import io.directfaas.graph.v1.ActivateRequest;
import io.directfaas.graph.v1.ActivationGrpc;
import io.directfaas.graph.v1.Refusal;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The owner's end of activation: a gRPC service. */
public final class ActivationService extends ActivationGrpc.ActivationImplBase {
  private final Activator activator;

  public ActivationService(Activator activator) {
    this.activator = activator;
  }

  @Override
  public void activate(ActivateRequest request, StreamObserver<ActivateReply> answer) {
    ServerCallStreamObserver<ActivateReply> client =
        (ServerCallStreamObserver<ActivateReply>) answer;
    CompletableFuture<Outcome> outcome =
        activator.activate(ref(request.getCaller()), ref(request.getCallee()));
    client.setOnCancelHandler(() -> outcome.cancel(false));
    var unused = outcome.whenComplete((result, error) -> answer(client, result, error));
  }

  private static void answer(
      ServerCallStreamObserver<ActivateReply> client,
      @Nullable Outcome outcome,
      @Nullable Throwable error) {
    if (client.isCancelled()) {
      return;
    }
    if (outcome == null) {
      client.onError(
          Status.UNAVAILABLE.withDescription(String.valueOf(error)).asRuntimeException());
      return;
    }
    client.onNext(
        switch (outcome) {
          case Outcome.Ready ready ->
              ActivateReply.newBuilder().setReadyRevision(ready.revision()).build();
          case Outcome.Refused refused ->
              ActivateReply.newBuilder()
                  .setRefusal(
                      Refusal.newBuilder().setStatus(refused.status()).setText(refused.text()))
                  .build();
        });
    client.onCompleted();
  }

  private static FunctionRef ref(io.directfaas.graph.v1.FunctionRef message) {
    return new FunctionRef(message.getNamespace(), message.getName());
  }
}
