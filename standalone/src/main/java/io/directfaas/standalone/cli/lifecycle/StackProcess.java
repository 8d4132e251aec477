package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.Installation;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.config.StackArguments;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The process that is the stack: started detached from this one, known by its pid file, and
 * speaking to us through three files in the run directory. {@code progress} gets a line per step,
 * {@code ready} appears when all is ready, {@code failed} holds one sentence when it gives up.
 */
final class StackProcess {
  private static final String MAIN = "io.directfaas.standalone.stack.StackMain";
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration TERM_GRACE = Duration.ofSeconds(20);
  private static final Duration KILL_GRACE = Duration.ofSeconds(5);
  private static final long LARGEST_LOG = 10L << 20;

  private final Stack stack;
  private final Path runDir;

  StackProcess(Stack stack) {
    this.stack = stack;
    this.runDir = stack.config().runDir();
  }

  /** The process, if it runs. */
  Optional<ProcessIdentity> running() {
    return ProcessIdentity.readFrom(runDir.resolve("daemon.pid")).filter(ProcessIdentity::alive);
  }

  boolean ready() {
    return Files.exists(runDir.resolve("ready"));
  }

  /** Why it gave up, if it did. */
  Optional<String> failure() {
    return text(runDir.resolve("failed"));
  }

  /** Its latest step. */
  Optional<String> progress() {
    return text(runDir.resolve("progress"))
        .flatMap(text -> text.lines().reduce((first, second) -> second));
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Starts it, in a session of its own so that it outlives this terminal.
   *
   * @return its identity; it is neither ready nor past the point where it may fail
   */
  ProcessIdentity start(Installation installation) {
    try {
      for (String stale : List.of("ready", "failed", "progress")) {
        Files.deleteIfExists(runDir.resolve(stale));
      }
      Files.createDirectories(runDir);
      Files.createDirectories(stack.config().stateDir());
      Path log = rotatedLog();
      List<String> command = new ArrayList<>();
      command.add("setsid");
      command.add(stack.config().tools().java().toString());
      String classPath = classPath(installation);
      command.addAll(jvmFlags(archive(classPath)));
      command.add("-cp");
      command.add(classPath);
      command.add(MAIN);
      command.addAll(StackArguments.format(stack.config()));
      Process process =
          new ProcessBuilder(command)
              .directory(Path.of("/").toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectErrorStream(true)
              .start();
      return ProcessIdentity.of(process.pid())
          .orElseThrow(
              () -> new CommandFailed("the stack's process ended at once; its log is " + log));
    } catch (IOException e) {
      throw new CommandFailed("the stack's process cannot be started: " + e, e);
    }
  }

  /** Small: the whole control plane is to fit into 350 MB. */
  private static List<String> jvmFlags(Path archive) {
    return List.of(
        "-Xms32m",
        "-Xmx144m",
        "-Xss512k",
        "-XX:+UseSerialGC",
        "-XX:MaxMetaspaceSize=128m",
        "-XX:ReservedCodeCacheSize=48m",
        // Direct buffers of Netty and of socket channels.
        "-XX:MaxDirectMemorySize=32m",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:SharedArchiveFile=" + archive,
        "-XX:+AutoCreateSharedArchive",
        "-Xlog:disable",
        "-Djava.awt.headless=true",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:-UsePerfData");
  }

  /**
   * The jars to run from. Those a build rewrites in place are copied first: a JVM whose jars change
   * under it fails when it next loads a class.
   */
  private String classPath(Installation installation) throws IOException {
    Path app = stack.config().stateDir().resolve("app");
    Files.createDirectories(app);
    List<String> classPath = new ArrayList<>();
    for (Path jar : installation.classPath()) {
      String name = String.valueOf(jar.getFileName());
      if (Files.isRegularFile(jar) && name.endsWith("-SNAPSHOT.jar")) {
        Path copy = app.resolve(name);
        Path incoming = app.resolve(name + ".new");
        Files.copy(
            jar, incoming, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        // By renaming, so that watchdogs that still run from the last copy keep it.
        Files.move(incoming, copy, StandardCopyOption.ATOMIC_MOVE);
        classPath.add(copy.toString());
      } else {
        classPath.add(jar.toString());
      }
    }
    return String.join(":", classPath);
  }

  /**
   * The class data archive of exactly these jars. The JVM writes it as it ends and passes over one
   * of other jars without replacing it, so each set of jars has its own; those of earlier sets go.
   */
  private Path archive(String classPath) throws IOException {
    long jars = 17;
    for (String jar : classPath.split(":", -1)) {
      BasicFileAttributes file = Files.readAttributes(Path.of(jar), BasicFileAttributes.class);
      jars = 31 * jars + jar.hashCode();
      jars = 31 * jars + file.size();
      jars = 31 * jars + file.lastModifiedTime().toMillis();
    }
    String java = stack.config().tools().java().toString();
    Path app = stack.config().stateDir().resolve("app");
    Path archive = app.resolve("stack-%x.jsa".formatted(31 * jars + java.hashCode()));
    try (DirectoryStream<Path> others = Files.newDirectoryStream(app, "stack-*.jsa")) {
      for (Path other : others) {
        if (!other.equals(archive)) {
          Files.delete(other);
        }
      }
    }
    return archive;
  }

  private Path rotatedLog() throws IOException {
    Path log = stack.log();
    Files.createDirectories(log.getParent());
    if (Files.exists(log) && Files.size(log) > LARGEST_LOG) {
      Files.move(log, log.resolveSibling("stack.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
    return log;
  }

  /**
   * Ends it: asks first, then insists.
   *
   * @return whether it ran
   */
  boolean stop() {
    Optional<ProcessIdentity> process = running();
    process.ifPresent(
        running -> {
          running.signal(false);
          if (!ended(running, TERM_GRACE)) {
            running.signal(true);
            if (!ended(running, KILL_GRACE)) {
              throw new CommandFailed("process " + running.pid() + " does not end");
            }
          }
        });
    return process.isPresent();
  }

  private static boolean ended(ProcessIdentity process, Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    while (process.alive()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL.toMillis()));
    }
    return true;
  }
}
