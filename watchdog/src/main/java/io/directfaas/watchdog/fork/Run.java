package io.directfaas.watchdog.fork;

import io.directfaas.watchdog.Log;
import io.directfaas.watchdog.http.BadRequestException;
import io.directfaas.watchdog.http.Exchange;
import io.directfaas.watchdog.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One process and the request it answers.
 *
 * <p>Input and output flow at the same time, each on a thread of its own: a process that answers
 * while it reads would otherwise wait for us to read, and we for it.
 */
final class Run {
  private final ForkSettings settings;
  private final Exchange exchange;
  private final Process process;
  private final long started;

  Run(ForkSettings settings, Exchange exchange, Process process, long started) {
    this.settings = settings;
    this.exchange = exchange;
    this.process = process;
    this.started = started;
  }

  /**
   * Sets it going; returns when the request's body has been read to its end.
   *
   * @param done called when the process has ended
   */
  void go(
      ExecutorService pipes, ScheduledThreadPoolExecutor timers, Duration timeout, Runnable done) {
    Future<?> deadline =
        timeout.isPositive()
            ? timers.schedule(
                () -> pipes.execute(this::timedOut), timeout.toNanos(), TimeUnit.NANOSECONDS)
            : null;
    pipes.execute(() -> collect(deadline, done));
    if (exchange.head().contentLength() == 0) {
      closeInput();
      return;
    }
    Future<?> feeding = pipes.submit(this::feed);
    try {
      feeding.get();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException bug) {
      throw new IllegalStateException(bug);
    }
  }

  /** Body to stdin. Whatever the process does not want is read all the same, up to the end. */
  private void feed() {
    byte[] buffer = new byte[16384];
    boolean wanted = true;
    try (InputStream body = exchange.body()) {
      OutputStream stdin = process.getOutputStream();
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        if (wanted) {
          wanted = write(stdin, buffer, count);
        }
      }
    } catch (BadRequestException bad) {
      // The answer before the kill: else the killed process's end could be the answer. Both before
      // stdin ends: half a body must not look like a whole one.
      exchange.answer(Response.text(bad.status(), bad.getMessage() + "\n"));
      kill();
    } catch (IOException clientBroke) {
      clientGone();
    }
    closeInput();
  }

  private static boolean write(OutputStream stdin, byte[] buffer, int count) {
    try {
      stdin.write(buffer, 0, count);
      stdin.flush();
      return true;
    } catch (IOException closedByProcess) {
      return false;
    }
  }

  private void closeInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException closedByProcess) {
      // Then it has seen the end.
    }
  }

  /** Stdout to the answer, once the process has ended well. */
  private void collect(@Nullable Future<?> deadline, Runnable done) {
    try (Spool spool = new Spool(settings.temporary())) {
      spool.fill(process.getInputStream());
      int code = process.waitFor();
      if (deadline != null) {
        deadline.cancel(false);
      }
      long nanos = System.nanoTime() - started;
      if (code == 0) {
        succeeded(spool, nanos);
      } else {
        failed(code, spool, nanos);
      }
    } catch (IOException cannotKeep) {
      kill();
      Log.line("Cannot keep the output: " + cannotKeep);
      exchange.answer(Response.text(500, "Cannot keep the function's output.\n"));
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      kill();
      exchange.drop();
    } finally {
      done.run();
    }
  }

  private void succeeded(Spool spool, long nanos) throws IOException {
    String type = settings.contentType();
    if (type.isEmpty()) {
      type = exchange.head().header("Content-Type").orElse("");
    }
    if (type.isEmpty()) {
      byte[] start = spool.start();
      type = ContentTypes.of(start, start.length);
    }
    if (settings.writeDebug()) {
      spool.writeTo(System.out);
      System.out.flush();
    }
    Response response =
        timed(new Response(200, List.of(), spool), nanos).with("Content-Type", type);
    if (exchange.answer(response)) {
      String wrote = settings.writeDebug() ? "" : "Wrote " + spool.length() + " Bytes - ";
      Log.line(wrote + "Duration: " + seconds(nanos) + "s");
    }
  }

  private void failed(int code, Spool spool, long nanos) {
    String reason = "exit status " + code + "\n";
    byte[] start = reason.getBytes(StandardCharsets.UTF_8);
    Response.Content content =
        new Response.Content() {
          @Override
          public long length() {
            return start.length + spool.length();
          }

          @Override
          public void writeTo(OutputStream out) throws IOException {
            out.write(start);
            spool.writeTo(out);
          }
        };
    Response response =
        timed(new Response(500, List.of(), content), nanos)
            .with("Content-Type", "text/plain; charset=utf-8");
    if (exchange.answer(response)) {
      Log.line("Failed with exit status " + code + " - Duration: " + seconds(nanos) + "s");
    }
  }

  private void timedOut() {
    Log.line("Killing process: " + String.join(" ", settings.command()));
    // First the answer's claim, then the kill: else the killed process's end would be the answer.
    Response response = Response.text(408, "Killed process.\n");
    exchange.answer(timed(response, System.nanoTime() - started));
    kill();
  }

  /** The client has left: nobody wants the answer. */
  void clientGone() {
    if (exchange.drop()) {
      Log.line("Client has left. Killing process: " + String.join(" ", settings.command()));
      kill();
    }
  }

  /** Kills the process and those it started, as far as they are still known to be its own. */
  void kill() {
    // Known while it lives, killed after it: a shell whose command dies would go on to the next.
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private static Response timed(Response response, long nanos) {
    return response.with("X-Duration-Seconds", seconds(nanos));
  }

  /**
   * Like {@code %f}; by hand, because a formatter's first use takes as long as a small function.
   */
  private static String seconds(long nanos) {
    long micros = nanos / 1000;
    String fraction = Long.toString(1_000_000 + micros % 1_000_000).substring(1);
    return micros / 1_000_000 + "." + fraction;
  }
}
