package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a stack whose process has ended leaves on the machine. */
final class Remains {
  private Remains() {}

  /**
   * Ends every process of the instance and removes its namespaces and the files of its running
   * state. What is deployed stays.
   */
  static void remove(StackConfig config) {
    try {
      new Cleanup(config.layout()).sweepAll();
      for (String name :
          List.of("ready", "failed", "progress", "daemon.pid", "lock", "gateway.sock")) {
        Files.deleteIfExists(config.runDir().resolve(name));
      }
      deleteIfEmpty(config.runDir());
    } catch (IOException e) {
      throw new CommandFailed("not everything could be removed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted before everything was removed", e);
    }
  }

  private static void deleteIfEmpty(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return;
    }
    try (var entries = Files.list(dir)) {
      if (entries.findAny().isPresent()) {
        return;
      }
    }
    Files.delete(dir);
  }
}
