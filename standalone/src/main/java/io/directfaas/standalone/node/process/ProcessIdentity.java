package io.directfaas.standalone.node.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * A process for as long as the machine is up: a pid alone is reused.
 *
 * @param pid its pid as this JVM sees it
 * @param startTime field 22 of {@code /proc/<pid>/stat}, in clock ticks since boot; kept by exec
 */
public record ProcessIdentity(long pid, long startTime) {

  /** The process that has this pid now, unless there is none or it has ended (a zombie). */
  public static Optional<ProcessIdentity> of(long pid) {
    return ProcFs.stat(pid)
        .filter(stat -> !stat.ended())
        .map(stat -> new ProcessIdentity(pid, stat.startTime()));
  }

  public boolean alive() {
    return of(pid).filter(this::equals).isPresent();
  }

  /** Sends TERM, or KILL if forcibly, unless it has ended. */
  public void signal(boolean forcibly) {
    // ProcessHandle compares start times of its own before it signals, so a pid reused after this
    // check is safe as well.
    ProcessHandle.of(pid)
        .filter(handle -> alive())
        .ifPresent(
            handle -> {
              if (forcibly) {
                handle.destroyForcibly();
              } else {
                handle.destroy();
              }
            });
  }

  /** Writes it so that a reader sees all of it or nothing. */
  public void writeTo(Path pidFile) throws IOException {
    Path temporary = pidFile.resolveSibling(pidFile.getFileName() + ".new");
    Files.writeString(temporary, pid + " " + startTime + "\n");
    Files.move(
        temporary, pidFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** What {@link #writeTo} wrote, whether it still runs or not; empty if there is no such file. */
  public static Optional<ProcessIdentity> readFrom(Path pidFile) {
    try {
      String[] fields = Files.readString(pidFile).strip().split(" ", -1);
      return fields.length == 2
          ? Optional.of(new ProcessIdentity(Long.parseLong(fields[0]), Long.parseLong(fields[1])))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
