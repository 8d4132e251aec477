package io.directfaas.gateway.activation;

import io.directfaas.gateway.function.ScaleBounds;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.web.PlainText;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.activation.Activator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls that wait for a function without a ready replica. However many wait, a function is scaled
 * up once; all of them go on when it is ready. While nobody waits nothing runs here.
 *
 * <p>All state belongs to one thread.
 */
public final class ColdStarts implements Activator, Supplier<String>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ColdStarts.class);

  /** How often the graph is looked at while calls wait: a fraction of the fastest start. */
  private static final Duration LOOK = Duration.ofMillis(5);

  private final GraphOwner owner;
  private final FunctionProvider provider;
  private final Duration timeout;
  private final Duration patience;
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("cold-starts").factory());
  private final Map<FunctionRef, Waiting> waiting = new HashMap<>();
  private @Nullable ScheduledFuture<?> looking;

  private volatile int calls;
  private final LongAdder admitted = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** The calls that wait for one function. */
  private static final class Waiting {
    final List<Call> calls = new ArrayList<>();

    /** Since when the function has had a problem, in nanoseconds; null while it has none. */
    @Nullable Long failingSince;
  }

  private record Call(CompletableFuture<Outcome> outcome, long deadline) {}

  /**
   * @param timeout how long a call waits at most
   * @param patience how long a function may fail to start before those who wait for it hear of it
   */
  public ColdStarts(
      GraphOwner owner, FunctionProvider provider, Duration timeout, Duration patience) {
    this.owner = owner;
    this.provider = provider;
    this.timeout = timeout;
    this.patience = patience;
  }

  @Override
  public CompletableFuture<Outcome> activate(FunctionRef caller, FunctionRef callee) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    loop.execute(
        () -> {
          waiting
              .computeIfAbsent(callee, f -> new Waiting())
              .calls
              .add(new Call(outcome, System.nanoTime() + timeout.toNanos()));
          look();
          if (!waiting.isEmpty() && looking == null) {
            looking =
                loop.scheduleWithFixedDelay(
                    this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
          }
        });
    return outcome;
  }

  /** Never throws, or nobody would look again. */
  private void look() {
    try {
      GraphState state = owner.state();
      waiting.forEach((function, calls) -> look(state, function, calls));
      waiting.values().removeIf(each -> each.calls.isEmpty());
      calls = waiting.values().stream().mapToInt(each -> each.calls.size()).sum();
      if (waiting.isEmpty() && looking != null) {
        looking.cancel(false);
        looking = null;
      }
    } catch (RuntimeException e) {
      log.error("calls wait for functions in vain", e);
    }
  }

  private void look(GraphState state, FunctionRef function, Waiting waits) {
    waits.calls.removeIf(call -> call.outcome.isDone());
    if (waits.calls.isEmpty()) {
      return;
    }
    Optional<DeployedFunction> deployed = state.function(function);
    if (deployed.isEmpty()) {
      end(waits, new Outcome.Refused(404, function + " is not deployed any more"));
    } else if (deployed.get().ready() > 0) {
      end(waits, new Outcome.Ready(state.graph().revision()));
    } else {
      start(deployed.get(), waits);
      giveUp(function, waits);
    }
  }

  /** Once, but again if it is scaled to zero while calls wait. */
  private void start(DeployedFunction function, Waiting waits) {
    if (function.replicas() > 0) {
      return;
    }
    int replicas = ScaleBounds.of(function.spec()).initial();
    log.info("{} is called and has no replica: starting {}", function.ref(), replicas);
    try {
      owner.scale(function.ref(), replicas);
    } catch (RuntimeException e) {
      log.warn("{} cannot be started", function.ref(), e);
      end(
          waits,
          new Outcome.Refused(503, function.ref() + " cannot be started: " + e.getMessage()));
    }
  }

  /** Those whose time is over, or all if the function fails for too long. */
  private void giveUp(FunctionRef function, Waiting waits) {
    long now = System.nanoTime();
    Optional<String> problem = provider.problem(function);
    if (problem.isEmpty()) {
      waits.failingSince = null;
    } else if (waits.failingSince == null) {
      waits.failingSince = now;
    }
    Long since = waits.failingSince;
    String why = problem.map(text -> ": " + text).orElse("");
    if (since != null && now - since > patience.toNanos()) {
      end(waits, new Outcome.Refused(503, PlainText.line(function + " does not start" + why)));
      return;
    }
    for (Call call : waits.calls) {
      if (now - call.deadline > 0) {
        refused.increment();
        call.outcome.complete(
            new Outcome.Refused(
                503,
                PlainText.line(
                    function + " did not start within " + timeout.toSeconds() + " s" + why)));
      }
    }
    waits.calls.removeIf(call -> call.outcome.isDone());
  }

  private void end(Waiting waits, Outcome outcome) {
    (outcome instanceof Outcome.Ready ? admitted : refused).add(waits.calls.size());
    // Their continuations are other people's code and must not run on the loop.
    waits.calls.forEach(call -> call.outcome.completeAsync(() -> outcome));
    waits.calls.clear();
  }

  /** Metrics, in the Prometheus text format. */
  @Override
  public String get() {
    return """
    # HELP directfaas_cold_calls_waiting Calls that wait for a replica.
    # TYPE directfaas_cold_calls_waiting gauge
    directfaas_cold_calls_waiting %d
    # HELP directfaas_cold_calls_total Calls that waited for a replica, by what became of it.
    # TYPE directfaas_cold_calls_total counter
    directfaas_cold_calls_total{outcome="ready"} %d
    directfaas_cold_calls_total{outcome="refused"} %d
    """
        .formatted(calls, admitted.sum(), refused.sum());
  }

  @Override
  public void close() {
    loop.shutdownNow();
  }
}
