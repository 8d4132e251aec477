package io.directfaas.standalone.node.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process to start.
 *
 * @param name what to call it in logs
 * @param command the program and its arguments
 * @param environment all of its environment; nothing of this JVM's is added
 * @param log where its standard output and error are appended
 * @param pidFile where its identity is kept for this JVM's successor
 */
public record LaunchSpec(
    String name, List<String> command, Map<String, String> environment, Path log, Path pidFile) {
  /** Where Debian's programs are. */
  public static final Map<String, String> PLAIN_ENVIRONMENT =
      Map.of(
          "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "LC_ALL", "C.UTF-8");

  public LaunchSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
