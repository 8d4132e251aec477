package io.directfaas.standalone.node.function;

import io.directfaas.gateway.function.FunctionSpec.Resources;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Control groups of one stack's functions, v1 or v2, whichever the machine has: {@code
 * directfaas-<instance>/<replica>} in each hierarchy.
 */
public final class Cgroups {
  /** Enough for a JVM and its forks; a fork bomb stops here. */
  private static final int MOST_TASKS = 1024;

  private static final Duration DELETE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DELETE_RETRY = Duration.ofMillis(10);
  private static final long CPU_PERIOD_US = 100_000;
  private static final List<String> CONTROLLERS = List.of("memory", "cpu", "cpuacct", "pids");

  private final Path root;
  private final String parent;

  public Cgroups(String instance) {
    this(Path.of("/sys/fs/cgroup"), instance);
  }

  Cgroups(Path root, String instance) {
    this.root = root;
    this.parent = "directfaas-" + instance;
  }

  private boolean unified() {
    return Files.exists(root.resolve("cgroup.controllers"));
  }

  /**
   * Makes the replica's groups with its limits.
   *
   * @return the files to which a process writes its pid to enter them; none where the machine has
   *     no such control groups and no limit is asked for
   * @throws IOException if a limit is asked for and cannot be set
   */
  List<Path> create(String replicaId, @Nullable Resources limits) throws IOException {
    try {
      return unified() ? createUnified(replicaId, limits) : createLegacy(replicaId, limits);
    } catch (IOException e) {
      if (limits == null) {
        return List.of();
      }
      throw new IOException("limits: this machine's control groups refuse them: " + e, e);
    }
  }

  private List<Path> createUnified(String replicaId, @Nullable Resources limits)
      throws IOException {
    String enable = "+memory +cpu +pids";
    Files.writeString(root.resolve("cgroup.subtree_control"), enable);
    Path ours = Files.createDirectories(root.resolve(parent));
    Files.writeString(ours.resolve("cgroup.subtree_control"), enable);
    Path group = Files.createDirectories(ours.resolve(replicaId));
    write(group, "pids.max", Integer.toString(MOST_TASKS));
    Map<String, String> settings = new LinkedHashMap<>();
    memory(limits).ifPresent(bytes -> settings.put("memory.max", Long.toString(bytes)));
    quota(limits).ifPresent(us -> settings.put("cpu.max", us + " " + CPU_PERIOD_US));
    for (var setting : settings.entrySet()) {
      write(group, setting.getKey(), setting.getValue());
    }
    return List.of(group.resolve("cgroup.procs"));
  }

  private List<Path> createLegacy(String replicaId, @Nullable Resources limits) throws IOException {
    List<Path> entrances = new ArrayList<>();
    for (String controller : CONTROLLERS) {
      Path hierarchy = root.resolve(controller);
      boolean limited =
          (controller.equals("memory") && memory(limits).isPresent())
              || (controller.equals("cpu") && quota(limits).isPresent());
      if (!Files.exists(hierarchy.resolve("cgroup.procs"))) {
        if (limited) {
          throw new IOException("there is no " + hierarchy);
        }
        continue;
      }
      // The others also account for what is used.
      if (!limited && controller.equals("cpu")) {
        continue;
      }
      Path group = Files.createDirectories(hierarchy.resolve(parent).resolve(replicaId));
      switch (controller) {
        case "memory" -> {
          if (limited) {
            write(group, "memory.limit_in_bytes", Long.toString(memory(limits).orElseThrow()));
          }
        }
        case "cpuacct" -> {
          // It has no settings.
        }
        case "cpu" -> {
          write(group, "cpu.cfs_period_us", Long.toString(CPU_PERIOD_US));
          write(group, "cpu.cfs_quota_us", Long.toString(quota(limits).orElseThrow()));
        }
        default -> write(group, "pids.max", Integer.toString(MOST_TASKS));
      }
      entrances.add(group.resolve("cgroup.procs"));
    }
    return entrances;
  }

  private static Optional<Long> memory(@Nullable Resources limits) {
    return limits == null || limits.memory() == null
        ? Optional.empty()
        : Quantity.units(limits.memory());
  }

  private static Optional<Long> quota(@Nullable Resources limits) {
    // Below 1 ms the kernel refuses a quota.
    return limits == null || limits.cpu() == null
        ? Optional.empty()
        : Quantity.milli(limits.cpu()).map(m -> Math.max(1000, m * CPU_PERIOD_US / 1000));
  }

  private static void write(Path group, String file, String value) throws IOException {
    Files.writeString(group.resolve(file), value);
  }

  /**
   * What a replica's processes have used.
   *
   * @param cpuNanos processor time since the group was made, of ended processes too
   * @param memoryBytes at present, without the files that the system would drop first
   */
  public record Consumption(long cpuNanos, long memoryBytes) {}

  /** Empty where the replica has no groups that say. */
  public Optional<Consumption> consumption(String replicaId) {
    try {
      if (unified()) {
        Path group = root.resolve(parent).resolve(replicaId);
        return Optional.of(
            new Consumption(
                1000 * stat(group.resolve("cpu.stat"), "usage_usec"),
                number(group.resolve("memory.current"))
                    - stat(group.resolve("memory.stat"), "inactive_file")));
      }
      Path cpu = root.resolve("cpuacct").resolve(parent).resolve(replicaId);
      Path memory = root.resolve("memory").resolve(parent).resolve(replicaId);
      return Optional.of(
          new Consumption(
              number(cpu.resolve("cpuacct.usage")),
              number(memory.resolve("memory.usage_in_bytes"))
                  - stat(memory.resolve("memory.stat"), "total_inactive_file")));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  private static long stat(Path file, String name) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(name + " ")) {
        return Long.parseLong(line.substring(name.length() + 1).strip());
      }
    }
    return 0;
  }

  /**
   * Removes the replica's groups. Its processes have been killed, but the last of them may still be
   * on its way out, and until it is the kernel refuses.
   *
   * @throws IOException if they are still in use after some seconds
   */
  public void delete(String replicaId) throws IOException {
    for (Path ours : parents()) {
      Path group = ours.resolve(replicaId);
      long deadline = System.nanoTime() + DELETE_TIMEOUT.toNanos();
      while (!deleted(group, System.nanoTime() > deadline)) {
        LockSupport.parkNanos(DELETE_RETRY.toNanos());
      }
    }
  }

  private static boolean deleted(Path group, boolean last) throws IOException {
    try {
      Files.deleteIfExists(group);
      return true;
    } catch (FileSystemException e) {
      if (last) {
        throw e;
      }
      return false;
    }
  }

  /** The replicas that have a group. */
  public List<String> replicas() throws IOException {
    List<String> ids = new ArrayList<>();
    for (Path ours : parents()) {
      try (Stream<Path> entries = Files.list(ours)) {
        entries
            .filter(Files::isDirectory)
            .map(entry -> entry.getFileName().toString())
            .filter(id -> !ids.contains(id))
            .forEach(ids::add);
      }
    }
    return ids;
  }

  /** Removes the stack's own groups, once no replica has any. */
  public void deleteParents() throws IOException {
    for (Path ours : parents()) {
      Files.deleteIfExists(ours);
    }
  }

  private List<Path> parents() {
    return Stream.concat(
            Stream.of(root.resolve(parent)),
            CONTROLLERS.stream().map(controller -> root.resolve(controller).resolve(parent)))
        .filter(Files::isDirectory)
        .toList();
  }
}
