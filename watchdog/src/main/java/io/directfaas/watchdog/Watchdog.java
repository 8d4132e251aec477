package io.directfaas.watchdog;

import io.directfaas.watchdog.fork.ForkHandler;
import io.directfaas.watchdog.fork.ForkSettings;
import io.directfaas.watchdog.http.Exchange;
import io.directfaas.watchdog.http.HttpServer;
import io.directfaas.watchdog.http.Response;
import io.directfaas.watchdog.metrics.DirectCalls;
import io.directfaas.watchdog.metrics.HttpMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The watchdog of one function: its two servers, from start to the end of the last request. */
final class Watchdog implements AutoCloseable {
  /** A thread that copies bytes needs little stack, and there are two for each request. */
  private static final long STACK_BYTES = 256 * 1024;

  private static final HttpServer.Settings METRICS_TIMEOUTS =
      new HttpServer.Settings(Duration.ofSeconds(5), Duration.ofSeconds(5));

  /** A request may be on its way on a connection that looks idle; so wait a little for it. */
  private static final long QUIET_NANOS = 200_000_000;

  private final Config config;
  private final HttpMetrics metrics = new HttpMetrics();
  private final ScheduledThreadPoolExecutor timers;
  private final ExecutorService pipes;
  private final ForkHandler fork;
  private final FunctionHandler handler;
  private final HttpServer server;
  private final HttpServer metricsServer;
  private final @Nullable CountsReport counts;

  private Watchdog(Config config) throws IOException {
    this.config = config;
    ThreadFactory threads = Thread.ofPlatform().daemon().stackSize(STACK_BYTES).factory();
    timers = new ScheduledThreadPoolExecutor(1, threads);
    timers.setRemoveOnCancelPolicy(true);
    // Once all is closed there is nothing left to time.
    timers.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    pipes =
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
    fork =
        new ForkHandler(
            new ForkSettings(
                config.command(),
                config.execTimeout(),
                config.contentType(),
                config.combineOutput(),
                config.cgiHeaders(),
                config.writeDebug(),
                config.temporary()),
            pipes,
            timers);
    DirectCalls direct = new DirectCalls();
    Path countsSocket = config.countsSocket();
    counts = countsSocket == null ? null : new CountsReport(countsSocket, direct, timers);
    handler = new FunctionHandler(config, metrics, direct, fork);
    server =
        new HttpServer(
            config.port(),
            new HttpServer.Settings(config.readTimeout(), config.writeTimeout()),
            timers,
            handler);
    metricsServer =
        new HttpServer(config.metricsPort(), METRICS_TIMEOUTS, timers, this::answerMetrics);
  }

  /**
   * Starts to serve.
   *
   * @throws IOException when a port cannot be bound or the lock file not be written
   */
  static Watchdog start(Config config) throws IOException {
    Watchdog watchdog = new Watchdog(config);
    if (config.suppressLock()) {
      Log.line("Warning: \"suppress_lock\" is enabled; there is no lock file to probe.");
    } else {
      Log.line("Writing lock-file to: " + config.lockFile());
      Files.write(config.lockFile(), new byte[0]);
    }
    watchdog.metricsServer.start();
    watchdog.server.start();
    Log.line("Listening on port: " + watchdog.port());
    return watchdog;
  }

  int port() {
    return server.port();
  }

  int metricsPort() {
    return metricsServer.port();
  }

  private void answerMetrics(Exchange exchange) {
    exchange.answer(
        exchange.head().path().equals("/metrics")
            ? Response.text(200, metrics.text())
            : Response.text(404, "404 page not found\n"));
  }

  /**
   * Ends in good order: unhealthy first, then no new connections, then, within the write timeout,
   * the requests under way; then everything.
   */
  void drain() throws InterruptedException {
    handler.stopAccepting();
    removeLockFile();
    if (config.healthcheckInterval().isPositive()) {
      Log.line("SIGTERM: no new connections in " + config.healthcheckInterval().toSeconds() + "s");
      TimeUnit.NANOSECONDS.sleep(config.healthcheckInterval().toNanos());
    }
    server.drain();
    Log.line("No new connections allowed, draining: " + metrics.inFlight() + " requests");
    awaitQuiet();
    Log.line("Exiting. Active requests: " + metrics.inFlight());
    close();
  }

  private void awaitQuiet() throws InterruptedException {
    boolean bounded = config.writeTimeout().isPositive();
    long start = System.nanoTime();
    long quietSince = start;
    while (!bounded || System.nanoTime() - start < config.writeTimeout().toNanos()) {
      if (metrics.inFlight() > 0) {
        quietSince = System.nanoTime();
      } else if (System.nanoTime() - quietSince > QUIET_NANOS) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private void removeLockFile() {
    try {
      if (!config.suppressLock()) {
        Files.deleteIfExists(config.lockFile());
      }
    } catch (IOException cannotRemove) {
      Log.line("Cannot remove the lock file: " + cannotRemove);
    }
  }

  @Override
  public void close() {
    removeLockFile();
    server.close();
    metricsServer.close();
    fork.killAll();
    if (counts != null) {
      counts.close();
    }
    timers.shutdownNow();
    pipes.shutdown();
  }
}
