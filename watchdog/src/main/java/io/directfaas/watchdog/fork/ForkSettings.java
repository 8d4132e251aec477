package io.directfaas.watchdog.fork;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How processes are run.
 *
 * @param command program and arguments
 * @param execTimeout after which a process is killed; not positive: never
 * @param contentType of every answer; empty: that of the request
 * @param combineOutput whether stderr is part of the answer
 * @param cgiHeaders whether the process gets the {@code Http_…} variables
 * @param writeDebug whether the output is printed to our stdout too
 * @param temporary where large outputs are kept until they are sent
 */
public record ForkSettings(
    List<String> command,
    Duration execTimeout,
    String contentType,
    boolean combineOutput,
    boolean cgiHeaders,
    boolean writeDebug,
    Path temporary) {
  public ForkSettings {
    command = List.copyOf(command);
  }
}
