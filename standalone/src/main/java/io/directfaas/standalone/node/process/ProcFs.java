package io.directfaas.standalone.node.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Linux tells of processes, proc(5). A process that ends while it is read is just absent. */
public final class ProcFs {
  private static final Path PROC = Path.of("/proc");

  private ProcFs() {}

  /**
   * From {@code /proc/<pid>/stat}.
   *
   * @param parent the parent's pid
   * @param startTime in clock ticks since boot
   */
  record Stat(char state, long parent, long startTime) {
    boolean ended() {
      return state == 'Z' || state == 'X' || state == 'x';
    }
  }

  static Optional<Stat> stat(long pid) {
    return read(pid, "stat").flatMap(ProcFs::parseStat);
  }

  static Optional<Stat> parseStat(String text) {
    // The second field is the program's name in parentheses; it may hold spaces and parentheses.
    int afterName = text.lastIndexOf(')') + 2;
    if (afterName < 2 || afterName >= text.length()) {
      return Optional.empty();
    }
    String[] fields = text.substring(afterName).split(" ", -1);
    return fields.length < 20
        ? Optional.empty()
        : Optional.of(
            new Stat(
                fields[0].charAt(0),
                Long.parseLong(fields[1]),
                Long.parseLong(fields[19].strip())));
  }

  /** The real uid as this JVM's user namespace sees it. */
  public static Optional<Integer> uid(long pid) {
    return statusFields(pid, "Uid:").map(fields -> Integer.parseInt(fields[0]));
  }

  /** Its pid in each nested pid namespace, outermost first. */
  public static List<Long> nestedPids(long pid) {
    List<Long> pids = new ArrayList<>();
    for (String field : statusFields(pid, "NSpid:").orElse(new String[0])) {
      pids.add(Long.parseLong(field));
    }
    return pids;
  }

  private static Optional<String[]> statusFields(long pid, String key) {
    return read(pid, "status")
        .flatMap(
            text ->
                text.lines()
                    .filter(line -> line.startsWith(key))
                    .findFirst()
                    .map(line -> line.substring(key.length()).strip().split("\\s+")));
  }

  /** The inode of its network namespace; the same number as that of a file in /run/netns. */
  public static Optional<Long> networkNamespace(long pid) {
    try {
      String link = Files.readSymbolicLink(PROC.resolve(pid + "/ns/net")).toString();
      return Optional.of(
          Long.parseLong(link.substring(link.indexOf('[') + 1, link.lastIndexOf(']'))));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** All processes by the inode of their network namespace. */
  public static Map<Long, List<Long>> pidsByNetworkNamespace() throws IOException {
    Map<Long, List<Long>> pids = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        long pid = Long.parseLong(entry.getFileName().toString());
        networkNamespace(pid)
            .ifPresent(inode -> pids.computeIfAbsent(inode, i -> new ArrayList<>()).add(pid));
      }
    }
    return pids;
  }

  /** A file below {@code /proc/<pid>}; empty if the process has ended. */
  public static Optional<String> read(long pid, String file) {
    try {
      return Optional.of(Files.readString(PROC.resolve(pid + "/" + file)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
