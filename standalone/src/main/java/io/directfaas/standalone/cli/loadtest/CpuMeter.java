package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what the processes of some stacks have used of the processors, by kind: everything in their
 * network namespaces, and their control processes.
 */
final class CpuMeter {
  /** Of clock ticks; proc(5): fields 14 and 15 of stat are in these. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int PAGE_KIB = 4;

  /** What a process is to a call. */
  enum Kind {
    FUNCTIONS,
    SIDECARS,
    SWITCH,
    PROXIES,
    CONTROL,
    DRIVER
  }

  /**
   * Processor time used since some fixed moment.
   *
   * @param seconds by kind
   * @param machine of all processes and of the kernel, those of the stacks included
   * @param residentKib memory that is resident now, by kind
   */
  record Reading(Map<Kind, Double> seconds, double machine, Map<Kind, Long> residentKib) {
    Map<Kind, Double> since(Reading earlier) {
      Map<Kind, Double> difference = new EnumMap<>(Kind.class);
      seconds.forEach(
          (kind, value) ->
              difference.put(kind, Math.max(0, value - earlier.seconds.getOrDefault(kind, 0.0))));
      return difference;
    }
  }

  private final List<Layout> stacks;

  CpuMeter(Collection<Layout> stacks) {
    this.stacks = List.copyOf(stacks);
  }

  Reading read() throws IOException {
    Set<Object> namespaces = new HashSet<>();
    Set<Long> daemons = new HashSet<>();
    for (Layout stack : stacks) {
      try (DirectoryStream<Path> names = Files.newDirectoryStream(stack.namespaceRegister())) {
        for (Path name : names) {
          Path namespace = Layout.namespaceFile(name.getFileName().toString());
          // Not the host's own, which has a name for the ingress to listen in.
          if (!namespace.equals(Layout.namespaceFile(stack.hostNamespace()))
              && Files.exists(namespace)) {
            namespaces.add(Files.getAttribute(namespace, "unix:ino"));
          }
        }
      }
      ProcessIdentity.readFrom(stack.runDir().resolve("daemon.pid"))
          .ifPresent(process -> daemons.add(process.pid()));
    }
    Map<Kind, Double> seconds = new EnumMap<>(Kind.class);
    Map<Kind, Long> resident = new EnumMap<>(Kind.class);
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          long pid = Long.parseLong(process.getFileName().toString());
          boolean inside =
              daemons.contains(pid)
                  || namespaces.contains(Files.getAttribute(process.resolve("ns/net"), "unix:ino"));
          if (inside) {
            add(
                Files.readString(process.resolve("stat")),
                daemons.contains(pid),
                seconds,
                resident);
          }
        } catch (IOException e) {
          // It has ended meanwhile.
        }
      }
    }
    return new Reading(seconds, machine(), resident);
  }

  private static void add(
      String stat, boolean control, Map<Kind, Double> seconds, Map<Kind, Long> resident) {
    String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    Kind kind = control ? Kind.CONTROL : kind(name);
    double used = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    seconds.merge(kind, used, Double::sum);
    resident.merge(kind, Long.parseLong(fields[21]) * PAGE_KIB, Long::sum);
  }

  private static Kind kind(String name) {
    return switch (name) {
      case "envoy" -> Kind.SIDECARS;
      case "nginx" -> Kind.PROXIES;
      case "ovs-vswitchd", "ovsdb-server" -> Kind.SWITCH;
      case "driver" -> Kind.DRIVER;
      default -> Kind.FUNCTIONS;
    };
  }

  /** The first line of /proc/stat, less idle and waiting for disks. */
  private static double machine() throws IOException {
    String[] fields = Files.readAllLines(Path.of("/proc/stat")).getFirst().split("\\s+", -1);
    double ticks = 0;
    for (int field : new int[] {1, 2, 3, 6, 7, 8}) {
      ticks += Long.parseLong(fields[field]);
    }
    return ticks / TICKS_PER_SECOND;
  }
}
