package io.directfaas.standalone.node.exec;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a program of the machine to its end. Standard error is read as part of the output. */
public final class Tool {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  private Tool() {}

  /** What it wrote, with its exit status. */
  public record Result(int status, String output) {
    public boolean ok() {
      return status == 0;
    }
  }

  /**
   * Runs it and returns what it wrote.
   *
   * @throws ToolFailedException if it ends with any status but 0, quoting its output
   */
  public static String run(String... command) throws IOException {
    return run(List.of(command), "");
  }

  /** As {@link #run(String...)}, with that text as its standard input. */
  public static String run(List<String> command, String input) throws IOException {
    Result result = attempt(command, input, DEFAULT_TIMEOUT);
    if (!result.ok()) {
      throw new ToolFailedException(command, result);
    }
    return result.output();
  }

  /**
   * Runs it and returns its status, whatever that is.
   *
   * @throws IOException if it cannot be started, or is killed because it took too long
   */
  public static Result attempt(List<String> command, String input, Duration timeout)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    Thread deadline = Thread.ofVirtual().start(() -> killAfter(process, timeout));
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It ended without reading its input; its status and output say why.
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      return new Result(status, output);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + command.get(0) + " ran");
    } finally {
      deadline.interrupt();
    }
  }

  private static void killAfter(Process process, Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      // It ended in time.
    }
  }
}
