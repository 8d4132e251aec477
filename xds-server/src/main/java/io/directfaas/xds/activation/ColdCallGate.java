package io.directfaas.xds.activation;

import com.google.rpc.Code;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.activation.Activator;
import io.directfaas.graph.activation.Activator.Outcome;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.resources.ColdRoutes;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.WorkloadService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's external authorization, asked by the routes of cold functions alone: a call goes on when
 * its callee has a ready replica and the asking sidecar knows its address. Headers and bodies stay
 * in the sidecar.
 */
public final class ColdCallGate implements WorkloadService {
  /** What one workload can have waiting; one more hears so at once. */
  private static final int MOST_WAITING = 1000;

  /**
   * A sidecar that has not taken the address by then is sent on as it is. Long, as what it knows
   * until then are replicas that are gone; one that cannot take it, or has no stream, is not waited
   * for.
   */
  private static final Duration ACK_WAIT = Duration.ofSeconds(30);

  private final Activator activator;
  private final StreamRegistry streams;

  public ColdCallGate(Activator activator, StreamRegistry streams) {
    this.activator = activator;
    this.streams = streams;
  }

  @Override
  public BindableService of(Supplier<Peer> caller) {
    AtomicInteger waiting = new AtomicInteger();
    return new AuthorizationGrpc.AuthorizationImplBase() {
      @Override
      public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
        if (!(caller.get() instanceof Peer.Sidecar sidecar)) {
          answer.onError(
              Status.PERMISSION_DENIED.withDescription("for sidecars only").asRuntimeException());
          return;
        }
        hold(
            sidecar.identity(), request, (ServerCallStreamObserver<CheckResponse>) answer, waiting);
      }
    };
  }

  private void hold(
      WorkloadIdentity identity,
      CheckRequest request,
      ServerCallStreamObserver<CheckResponse> client,
      AtomicInteger waiting) {
    String text = request.getAttributes().getContextExtensionsOrDefault(ColdRoutes.CALLEE, "");
    FunctionRef callee = callee(identity, text);
    if (callee == null) {
      answer(client, denied(403, "no edge " + identity.function() + " -> " + text));
      return;
    }
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      answer(client, denied(503, MOST_WAITING + " calls wait for functions to start already"));
      return;
    }
    CompletableFuture<Void> gone = new CompletableFuture<>();
    client.setOnCancelHandler(() -> gone.complete(null));
    var unused =
        admitted(identity, callee, gone)
            .whenComplete(
                (response, error) -> {
                  waiting.decrementAndGet();
                  if (!client.isCancelled()) {
                    answer(
                        client,
                        response != null
                            ? response
                            : denied(503, callee + " has no ready replica: " + error));
                  }
                });
  }

  /** The callee a route names, if the asking workload may call it. */
  private @Nullable FunctionRef callee(WorkloadIdentity identity, String text) {
    ResourceStore store = streams.store();
    int slash = text.indexOf('/');
    if (store == null || slash <= 0) {
      return null;
    }
    Graph graph = store.graph();
    FunctionRef callee = new FunctionRef(text.substring(0, slash), text.substring(slash + 1));
    return graph.edge(identity.function(), callee).isPresent() ? callee : null;
  }

  /** What the call is told in the end. */
  private CompletableFuture<CheckResponse> admitted(
      WorkloadIdentity identity, FunctionRef callee, CompletableFuture<Void> gone) {
    CompletableFuture<Outcome> outcome = activator.activate(identity.function(), callee);
    var unused = gone.thenRun(() -> outcome.cancel(false));
    return outcome.thenCompose(
        result ->
            switch (result) {
              case Outcome.Refused refused ->
                  CompletableFuture.completedFuture(denied(refused.status(), refused.text()));
              case Outcome.Ready ready ->
                  whenHeld(identity, ready).thenCompose(held -> stillReady(identity, callee, gone));
            });
  }

  /** Scaled to zero meanwhile, it is asked for again. */
  private CompletableFuture<CheckResponse> stillReady(
      WorkloadIdentity identity, FunctionRef callee, CompletableFuture<Void> gone) {
    return isCold(callee) && !gone.isDone()
        ? admitted(identity, callee, gone)
        : CompletableFuture.completedFuture(ok());
  }

  private boolean isCold(FunctionRef callee) {
    ResourceStore store = streams.store();
    return store != null
        && store.graph().function(callee).isPresent()
        && ColdRoutes.isCold(store.graph(), callee);
  }

  private CompletableFuture<Void> whenHeld(WorkloadIdentity identity, Outcome.Ready ready) {
    return streams
        .whenHeld(identity, ready.revision())
        .completeOnTimeout(null, ACK_WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void answer(StreamObserver<CheckResponse> client, CheckResponse response) {
    client.onNext(response);
    client.onCompleted();
  }

  private static CheckResponse ok() {
    return CheckResponse.newBuilder()
        .setStatus(com.google.rpc.Status.newBuilder().setCode(Code.OK_VALUE))
        .setOkResponse(OkHttpResponse.getDefaultInstance())
        .build();
  }

  private static CheckResponse denied(int status, String text) {
    StatusCode code = StatusCode.forNumber(status);
    return CheckResponse.newBuilder()
        .setStatus(com.google.rpc.Status.newBuilder().setCode(Code.UNAVAILABLE_VALUE))
        .setDeniedResponse(
            DeniedHttpResponse.newBuilder()
                .setStatus(
                    HttpStatus.newBuilder()
                        .setCode(code == null ? StatusCode.ServiceUnavailable : code))
                .addHeaders(
                    HeaderValueOption.newBuilder()
                        .setHeader(
                            HeaderValue.newBuilder()
                                .setKey("content-type")
                                .setValue("text/plain; charset=utf-8")))
                .setBody(text + "\n"))
        .build();
  }
}
