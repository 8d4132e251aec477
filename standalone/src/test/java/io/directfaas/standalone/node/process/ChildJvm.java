package io.directfaas.standalone.node.process;

import java.nio.file.Path;
import java.util.List;

/** Supervises one process in a JVM that the test kills. */
final class ChildJvm {
  private ChildJvm() {}

  static LaunchSpec sleeper(Path dir) {
    return new LaunchSpec(
        "sleeper",
        List.of("sh", "-c", "while :; do echo tick; sleep 0.1; done"),
        LaunchSpec.PLAIN_ENVIRONMENT,
        dir.resolve("log"),
        dir.resolve("pid"));
  }

  public static void main(String[] args) throws Exception {
    Supervised supervised =
        new Supervised(sleeper(Path.of(args[0])), Supervised.Hooks.NONE, Backoff.ofProcess());
    supervised.start();
    Thread.sleep(Long.MAX_VALUE);
  }
}
