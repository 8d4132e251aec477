package io.directfaas.watchdog;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The watchdog's settings, from the environment variables that OpenFaaS users know.
 *
 * @param command {@code fprocess}, split at every space as OpenFaaS does (no quoting)
 * @param port {@code PORT}, else {@code port}, else 8080; 0 takes any free port
 * @param metricsPort {@code metrics_port}, else 8081; 0 takes any free port
 * @param readTimeout how long a request may keep us waiting for its bytes; zero or less: for ever
 * @param writeTimeout how long a client may take to read an answer, and how long in-flight requests
 *     may go on after SIGTERM; zero or less: for ever
 * @param execTimeout after which a process is killed; zero or less: never
 * @param healthcheckInterval how long to go on serving after SIGTERM while answering unhealthy
 * @param maxInflight requests at one time; 0: no limit
 * @param contentType of every answer; empty: that of the request
 * @param combineOutput whether stderr is part of the answer, as classic functions expect; else it
 *     goes to the watchdog's own stderr
 * @param cgiHeaders whether the process gets the {@code Http_…} variables
 * @param writeDebug whether a function's output is printed to the watchdog's stdout as well
 * @param suppressLock whether to do without the lock file
 * @param countsSocket {@code counts_socket}: where the node wants to hear of calls that passed no
 *     proxy; null if nowhere
 * @param temporary directory of the lock file and of large outputs ({@code TMPDIR}, else /tmp)
 */
record Config(
    List<String> command,
    int port,
    int metricsPort,
    Duration readTimeout,
    Duration writeTimeout,
    Duration execTimeout,
    Duration healthcheckInterval,
    int maxInflight,
    String contentType,
    boolean combineOutput,
    boolean cgiHeaders,
    boolean writeDebug,
    boolean suppressLock,
    @Nullable Path countsSocket,
    Path temporary) {

  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Reads the settings. A value that is no number or duration falls back to its default, as with
   * OpenFaaS.
   *
   * @throws IllegalArgumentException when {@code fprocess} is missing
   */
  static Config of(Map<String, String> environment) {
    String fprocess = environment.getOrDefault("fprocess", "");
    if (fprocess.isBlank()) {
      throw new IllegalArgumentException(
          "Provide a valid process via the fprocess environment variable.");
    }
    return new Config(
        List.of(fprocess.split(" ", -1)),
        number(environment, "PORT", number(environment, "port", 8080)),
        number(environment, "metrics_port", 8081),
        duration(environment, "read_timeout", DEFAULT_TIMEOUT),
        duration(environment, "write_timeout", DEFAULT_TIMEOUT),
        duration(environment, "exec_timeout", Duration.ZERO),
        duration(environment, "healthcheck_interval", Duration.ZERO),
        number(environment, "max_inflight", 0),
        environment.getOrDefault("content_type", ""),
        flag(environment, "combine_output", true),
        flag(environment, "cgi_headers", true),
        flag(environment, "write_debug", false),
        flag(environment, "suppress_lock", false),
        path(environment.getOrDefault("counts_socket", "")),
        Path.of(environment.getOrDefault("TMPDIR", "/tmp")));
  }

  Path lockFile() {
    return temporary.resolve(".lock");
  }

  private static @Nullable Path path(String text) {
    return text.isEmpty() ? null : Path.of(text);
  }

  private static Duration duration(Map<String, String> environment, String name, Duration absent) {
    return GoDuration.parseSecondsOrDuration(environment.getOrDefault(name, "")).orElse(absent);
  }

  private static int number(Map<String, String> environment, String name, int absent) {
    try {
      int value = Integer.parseInt(environment.getOrDefault(name, ""));
      return value < 0 ? absent : value;
    } catch (NumberFormatException notANumber) {
      return absent;
    }
  }

  private static boolean flag(Map<String, String> environment, String name, boolean absent) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? absent : value.equals("true");
  }
}
