package io.directfaas.standalone.node;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.function.Cgroups;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.process.ProcFs;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Removes what a stack has left on this machine. What is the stack's it knows from the stack's own
 * run directory, never from a name that looks like ours: the namespaces in its register, whatever
 * runs in them, and the processes of its pid files. What the host's own namespace holds is never
 * touched, though it has a name in the register.
 */
public final class Cleanup {
  private static final int KILL_ROUNDS = 200;

  private final Layout layout;
  private final Namespaces namespaces;
  private final Cgroups cgroups;

  public Cleanup(Layout layout) {
    this.layout = layout;
    this.namespaces = new Namespaces(layout);
    this.cgroups = new Cgroups(layout.instance());
  }

  /** Removes all replicas but these, ports on the switch excepted. */
  public void sweepReplicas(Set<String> keep) throws IOException, InterruptedException {
    Set<String> keptNamespaces = new HashSet<>();
    keep.forEach(id -> keptNamespaces.add(layout.replicaNamespace(id)));
    keptNamespaces.add(layout.fabricNamespace());
    keptNamespaces.add(layout.hostNamespace());
    sweepNamespaces(name -> !keptNamespaces.contains(name));
    for (Path parent : List.of(layout.replicasDir(), layout.sidecarsDir(), layout.allNamesDir())) {
      for (Path dir : children(parent)) {
        if (!keep.contains(dir.getFileName().toString())) {
          killByPidFiles(dir);
          deleteTree(dir);
        }
      }
    }
    sweepCgroups(keep);
  }

  /** Removes everything of the stack that is not state: its replicas and its switch. */
  public void sweepAll() throws IOException, InterruptedException {
    sweepReplicas(Set.of());
    killByPidFiles(layout.queueDir());
    killByPidFiles(layout.ovsDir());
    sweepNamespaces(name -> true);
    cgroups.deleteParents();
    for (Path dir :
        List.of(
            layout.queueDir(),
            layout.ovsDir(),
            layout.replicasDir(),
            layout.sidecarsDir(),
            layout.allNamesDir(),
            layout.namespaceRegister(),
            layout.libDir())) {
      deleteTree(dir);
    }
  }

  private void sweepNamespaces(Predicate<String> which) throws IOException, InterruptedException {
    Set<String> names = new TreeSet<>();
    namespaces.registered().stream().filter(which).forEach(names::add);
    killIn(names);
    // The fabric's last: the other ends of its veths, gone before it, took them along.
    boolean withFabric = names.remove(layout.fabricNamespace());
    for (String name : names) {
      namespaces.delete(name);
    }
    if (withFabric) {
      namespaces.delete(layout.fabricNamespace());
    }
  }

  /** Kills what runs in these namespaces until nothing does: what runs may fork meanwhile. */
  private void killIn(Set<String> names) throws IOException, InterruptedException {
    Set<Long> inodes = new HashSet<>();
    for (String name : names) {
      // By the name and by what it leads to: one of the two may be wrong.
      if (!name.equals(layout.hostNamespace())) {
        Namespaces.inode(name).ifPresent(inodes::add);
      }
    }
    ProcFs.networkNamespace(ProcessHandle.current().pid()).ifPresent(inodes::remove);
    ProcFs.networkNamespace(1).ifPresent(inodes::remove);
    for (int round = 0; !inodes.isEmpty(); round++) {
      Map<Long, List<Long>> processes = ProcFs.pidsByNetworkNamespace();
      List<ProcessIdentity> left =
          inodes.stream()
              .flatMap(inode -> processes.getOrDefault(inode, List.of()).stream())
              .flatMap(pid -> ProcessIdentity.of(pid).stream())
              .toList();
      if (left.isEmpty()) {
        return;
      }
      if (round == KILL_ROUNDS) {
        throw new IOException("cannot be killed: " + left);
      }
      left.forEach(process -> process.signal(true));
      Thread.sleep(10);
    }
  }

  private static void killByPidFiles(Path dir) throws IOException, InterruptedException {
    List<ProcessIdentity> processes = new ArrayList<>();
    for (Path file : children(dir)) {
      if (file.toString().endsWith(".pid")) {
        ProcessIdentity.readFrom(file).ifPresent(processes::add);
      }
    }
    for (ProcessIdentity process : processes) {
      process.signal(true);
    }
    for (int round = 0; processes.stream().anyMatch(ProcessIdentity::alive); round++) {
      if (round == KILL_ROUNDS) {
        throw new IOException("cannot be killed: " + processes);
      }
      Thread.sleep(10);
    }
  }

  private void sweepCgroups(Set<String> keep) throws IOException {
    for (String id : cgroups.replicas()) {
      if (!keep.contains(id)) {
        cgroups.delete(id);
      }
    }
  }

  private static List<Path> children(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.toList();
    }
  }

  /** Deletes it with all below it; links are deleted, not followed. */
  public static void deleteTree(Path dir) throws IOException {
    if (!Files.exists(dir)) {
      return;
    }
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException problem)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Removes a veth's end in the fabric's namespace; none is fine. */
  static void deleteFabricInterface(Layout layout, String name) throws IOException {
    Tool.attempt(
        List.of("ip", "-n", layout.fabricNamespace(), "link", "del", name),
        "",
        Duration.ofSeconds(5));
  }
}
