package io.directfaas.graph.activation;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.v1.ActivateReply;
import io.directfaas.graph.v1.ActivateRequest;
import io.directfaas.graph.v1.ActivationGrpc;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the graph's owner, and while the owner is away asks again: a cold call waits for it until
 * its time is over.
 */
public final class RemoteActivator implements Activator {
  private static final Duration RETRY = Duration.ofMillis(250);

  private final Channel channel;
  private final Duration timeout;

  /**
   * @param timeout how long a call waits for an owner that is away
   */
  public RemoteActivator(Channel channel, Duration timeout) {
    this.channel = channel;
    this.timeout = timeout;
  }

  @Override
  public CompletableFuture<Outcome> activate(FunctionRef caller, FunctionRef callee) {
    Attempt attempt =
        new Attempt(
            ActivateRequest.newBuilder().setCaller(proto(caller)).setCallee(proto(callee)).build());
    attempt.begin();
    return attempt.outcome;
  }

  private final class Attempt {
    private final ActivateRequest request;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final long deadline = System.nanoTime() + timeout.toNanos();

    Attempt(ActivateRequest request) {
      this.request = request;
    }

    void begin() {
      Context.CancellableContext context = Context.ROOT.withCancellation();
      // Whoever gives up the outcome gives up the call.
      var unused = outcome.whenComplete((result, error) -> context.cancel(null));
      context.run(
          () ->
              ActivationGrpc.newStub(channel)
                  .withDeadlineAfter(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)
                  .activate(request, new Answer()));
    }

    void failed(Throwable error) {
      if (outcome.isDone()) {
        return;
      }
      if (System.nanoTime() + RETRY.toNanos() >= deadline) {
        outcome.complete(
            new Outcome.Refused(
                503,
                request.getCallee().getNamespace()
                    + "/"
                    + request.getCallee().getName()
                    + " has no ready replica, and the control plane is away"));
        return;
      }
      CompletableFuture.delayedExecutor(RETRY.toMillis(), TimeUnit.MILLISECONDS)
          .execute(
              () -> {
                if (!outcome.isDone()) {
                  begin();
                }
              });
    }

    private final class Answer implements StreamObserver<ActivateReply> {
      private @Nullable ActivateReply reply;

      @Override
      public void onNext(ActivateReply message) {
        reply = message;
      }

      @Override
      public void onError(Throwable error) {
        failed(error);
      }

      @Override
      public void onCompleted() {
        ActivateReply said = reply;
        if (said == null) {
          failed(new StatusRuntimeException(io.grpc.Status.INTERNAL));
        } else if (said.hasRefusal()) {
          outcome.complete(
              new Outcome.Refused(said.getRefusal().getStatus(), said.getRefusal().getText()));
        } else {
          outcome.complete(new Outcome.Ready(said.getReadyRevision()));
        }
      }
    }
  }

  private static io.directfaas.graph.v1.FunctionRef proto(FunctionRef ref) {
    return io.directfaas.graph.v1.FunctionRef.newBuilder()
        .setNamespace(ref.namespace())
        .setName(ref.name())
        .build();
  }
}
