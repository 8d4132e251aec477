package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What of a stack is to be seen on the machine itself. */
final class Machine {
  private Machine() {}

  /** Names of the stack's network namespaces. */
  static List<String> namespaces(StackUnderTest stack) {
    Path netns = Path.of("/run/netns");
    if (!Files.isDirectory(netns)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(netns)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(stack.instance() + "-"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The stack's processes: those in its namespaces and those that carry its directories in their
   * command line.
   *
   * @return command lines by pid
   */
  static Map<Long, String> processes(StackUnderTest stack) {
    List<String> inodes =
        namespaces(stack).stream()
            .filter(name -> !name.equals(stack.instance() + "-host"))
            .map(name -> "net:[" + inode(Path.of("/run/netns", name)) + "]")
            .toList();
    Map<Long, String> found = new TreeMap<>();
    ProcessHandle.allProcesses()
        .forEach(
            process -> {
              Path proc = Path.of("/proc", Long.toString(process.pid()));
              try {
                String command =
                    Files.readString(proc.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                        .replace('\0', ' ');
                String net = Files.readSymbolicLink(proc.resolve("ns/net")).toString();
                if (inodes.contains(net)
                    || (command.contains(stack.runDir().toString())
                        && process.pid() != ProcessHandle.current().pid())) {
                  found.put(process.pid(), command.strip());
                }
              } catch (IOException e) {
                // It has ended meanwhile.
              }
            });
    return found;
  }

  /** Its Envoys and functions: what must survive the control plane's death. */
  static Map<Long, String> dataPlane(StackUnderTest stack) {
    Map<Long, String> found = processes(stack);
    found.remove(stack.daemonPid());
    return found;
  }

  /**
   * Where the stack's control groups are, of version 2 or of version 1.
   *
   * @param controller of version 1
   * @return empty where the machine lets it have none
   */
  static Optional<Path> controlGroup(StackUnderTest stack, String controller) {
    Path root = Path.of("/sys/fs/cgroup");
    String name = "directfaas-" + stack.instance();
    return Stream.of(root.resolve(name), root.resolve(controller).resolve(name))
        .filter(Files::isDirectory)
        .findFirst();
  }

  /**
   * Whether processes can be limited by these, as far as the machine goes.
   *
   * @param controllers of version 1; version 2 has one place for all of them
   */
  static boolean hasControlGroups(List<String> controllers) {
    Path root = Path.of("/sys/fs/cgroup");
    return Files.isWritable(root.resolve("cgroup.subtree_control"))
        || controllers.stream()
            .allMatch(controller -> Files.isWritable(root.resolve(controller + "/cgroup.procs")));
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /**
   * As a machine's end would: nobody sees another die first. All are stopped before any is killed.
   */
  static void killAtOnce(Collection<Long> pids) {
    for (String signal : List.of("-STOP", "-KILL")) {
      List<String> command = new ArrayList<>(List.of("kill", signal));
      pids.forEach(pid -> command.add(Long.toString(pid)));
      StackUnderTest.execute(command);
    }
  }

  static long residentKib(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static void assertNothingLeft(StackUnderTest stack) {
    assertThat(namespaces(stack)).as("namespaces").isEmpty();
    assertThat(processes(stack)).as("processes").isEmpty();
    StackUnderTest.Outcome sockets = StackUnderTest.execute(List.of("ss", "-Hltn"));
    for (int port : List.of(8080, 8081, 8082, 9010, 18000, 18001, 6653, 6654, 8083)) {
      assertThat(sockets.output())
          .as("listening ports")
          .doesNotContain(":" + stack.port(port) + " ");
    }
  }

  private static Object inode(Path file) {
    try {
      return Files.getAttribute(file, "unix:ino");
    } catch (IOException e) {
      return "gone";
    }
  }
}
