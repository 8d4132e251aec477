package io.directfaas.watchdog;

import io.directfaas.watchdog.http.Exchange;
import io.directfaas.watchdog.http.Handler;
import io.directfaas.watchdog.http.Response;
import io.directfaas.watchdog.metrics.DirectCalls;
import io.directfaas.watchdog.metrics.HttpMetrics;
import java.nio.file.Files;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** What is served on the function's port: probes, and the function within its limits. */
final class FunctionHandler implements Handler {
  private static final Set<String> METHODS = Set.of("POST", "PUT", "PATCH", "DELETE", "GET");

  /** Every proxy of ours sets it. */
  private static final String FROM_A_PROXY = "X-Start-Time";

  private final Config config;
  private final HttpMetrics metrics;
  private final DirectCalls direct;
  private final Handler function;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean accepting = true;

  FunctionHandler(Config config, HttpMetrics metrics, DirectCalls direct, Handler function) {
    this.config = config;
    this.metrics = metrics;
    this.direct = direct;
    this.function = function;
  }

  /** Probes fail from now on; requests are still answered. */
  void stopAccepting() {
    accepting = false;
  }

  @Override
  public void handle(Exchange exchange) {
    switch (exchange.head().path()) {
      case "/_/health" -> exchange.answer(probe(exchange, false));
      case "/_/ready" -> exchange.answer(probe(exchange, true));
      default -> invoke(exchange);
    }
  }

  private Response probe(Exchange exchange, boolean ready) {
    if (!exchange.head().method().equals("GET")) {
      return Response.empty(405);
    }
    if (!accepting || !config.suppressLock() && !Files.exists(config.lockFile())) {
      return Response.empty(503);
    }
    return ready && full(inFlight.get()) ? tooMany() : Response.text(200, "OK");
  }

  private void invoke(Exchange exchange) {
    String method = exchange.head().method();
    long started = System.nanoTime();
    boolean byName = exchange.head().header(FROM_A_PROXY).isEmpty();
    metrics.begun();
    if (byName) {
      direct.begun();
    }
    exchange
        .ended()
        .whenComplete(
            (status, never) -> {
              long nanos = System.nanoTime() - started;
              metrics.ended(method, status, nanos);
              if (byName) {
                direct.ended(status, nanos);
              }
            });
    if (!METHODS.contains(method)) {
      exchange.answer(Response.empty(405));
      return;
    }
    if (full(inFlight.getAndIncrement())) {
      inFlight.decrementAndGet();
      exchange.answer(tooMany());
      return;
    }
    exchange.ended().whenComplete((status, never) -> inFlight.decrementAndGet());
    function.handle(exchange);
  }

  private boolean full(int others) {
    return config.maxInflight() > 0 && others >= config.maxInflight();
  }

  private Response tooMany() {
    return Response.text(
        429,
        "Concurrent request limit exceeded. Max concurrent requests: "
            + config.maxInflight()
            + "\n");
  }
}
