package io.directfaas.watchdog.fork;

import io.directfaas.watchdog.GoDuration;
import io.directfaas.watchdog.Log;
import io.directfaas.watchdog.http.Exchange;
import io.directfaas.watchdog.http.Handler;
import io.directfaas.watchdog.http.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Starts one process per request. */
public final class ForkHandler implements Handler {
  private final ForkSettings settings;
  private final ExecutorService pipes;
  private final ScheduledThreadPoolExecutor timers;
  private final Set<Run> running = ConcurrentHashMap.newKeySet();

  /**
   * @param pipes platform threads, as many as needed: reading and writing pipes blocks the thread
   *     below, and virtual threads would run out of carriers
   */
  public ForkHandler(
      ForkSettings settings, ExecutorService pipes, ScheduledThreadPoolExecutor timers) {
    this.settings = settings;
    this.pipes = pipes;
    this.timers = timers;
  }

  /** Kills what runs. */
  public void killAll() {
    running.forEach(Run::kill);
  }

  @Override
  public void handle(Exchange exchange) {
    long started = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(settings.command());
    builder.redirectErrorStream(settings.combineOutput());
    if (!settings.combineOutput()) {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    if (settings.cgiHeaders()) {
      try {
        builder.environment().putAll(CgiEnvironment.of(exchange.head()));
      } catch (IllegalArgumentException unfit) {
        exchange.answer(Response.text(400, unfit.getMessage() + "\n"));
        return;
      }
    }
    Log.line("Forking fprocess.");
    Process process;
    try {
      process = builder.start();
    } catch (IOException cannotStart) {
      String reason = String.valueOf(cannotStart.getMessage());
      Log.line(reason);
      exchange.answer(Response.text(500, reason + "\n"));
      return;
    }
    Run run = new Run(settings, exchange, process, started);
    running.add(run);
    exchange.gone().thenRun(run::clientGone);
    run.go(pipes, timers, timeout(exchange), () -> running.remove(run));
  }

  /** {@code X-Timeout} may shorten what the function's owner allows, never lengthen it. */
  private Duration timeout(Exchange exchange) {
    Duration limit = settings.execTimeout();
    Duration asked =
        exchange.head().header("X-Timeout").flatMap(GoDuration::parse).orElse(Duration.ZERO);
    if (!asked.isPositive()) {
      return limit;
    }
    return !limit.isPositive() || asked.compareTo(limit) < 0 ? asked : limit;
  }
}
