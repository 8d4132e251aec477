package io.directfaas.standalone.node.function;

import io.directfaas.standalone.node.net.ListenCheck;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.net.TcpSockets;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.ProcFs;
import io.directfaas.standalone.node.process.ProcessIdentity;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One replica's function: adopted if it runs, and supervised. */
public final class FunctionProcess implements AutoCloseable {
  /** Where functions listen. */
  public static final int PORT = 8080;

  private static final Duration KILL_WAIT = Duration.ofSeconds(5);

  private final String namespace;
  private final Slot slot;
  private final Supervised supervised;
  private final ListenCheck listen = new ListenCheck(PORT);

  FunctionProcess(String namespace, Slot slot, Supervised supervised) {
    this.namespace = namespace;
    this.slot = slot;
    this.supervised = supervised;
  }

  public Optional<DetachedProcess> process() {
    return supervised.process();
  }

  /** Whether it listens. */
  public boolean ready() {
    return process().map(process -> listen.listens(process.pid())).orElse(false);
  }

  /** How many calls it may still be answering. */
  public long connections() {
    return process().map(process -> TcpSockets.of(process.pid()).inUse(PORT)).orElse(0L);
  }

  /** Why it does not run; empty while it does. */
  public Optional<String> problem() {
    return supervised.problem();
  }

  /** Supervises no longer; the function runs on. */
  @Override
  public void close() {
    supervised.close();
  }

  /** Ends it: TERM to the function itself, KILL to all of the sandbox after the grace. */
  public void stop(Duration grace) throws InterruptedException {
    supervised.close();
    Optional<DetachedProcess> shell = supervised.process();
    if (shell.isPresent() && !grace.isZero()) {
      // Not to bubblewrap or its shell: they would go at once and take the function with them.
      processes(namespace, slot.functionUid()).stream()
          .filter(FunctionProcess::insideSandbox)
          .forEach(process -> process.signal(false));
      shell.get().awaitExit(grace);
    }
    if (shell.isPresent()) {
      shell.get().stop(Duration.ZERO);
    }
    try {
      killAll(namespace, slot.functionUid());
    } catch (IOException e) {
      // What is left dies with the namespace's sweep.
    }
  }

  /** Process 1 of the sandbox is bubblewrap. */
  private static boolean insideSandbox(ProcessIdentity process) {
    List<Long> pids = ProcFs.nestedPids(process.pid());
    return pids.size() > 1 && pids.getLast() != 1;
  }

  /**
   * Kills that user's processes in that namespace; returns when they are gone.
   *
   * @throws IOException if some do not go
   */
  static void killAll(String namespace, int uid) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + KILL_WAIT.toNanos();
    List<ProcessIdentity> left = processes(namespace, uid);
    while (!left.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("processes of an earlier life do not end: " + left);
      }
      left.forEach(process -> process.signal(true));
      Thread.sleep(5);
      left = processes(namespace, uid);
    }
  }

  private static List<ProcessIdentity> processes(String namespace, int uid) {
    Map<Long, List<Long>> all;
    try {
      all = ProcFs.pidsByNetworkNamespace();
    } catch (IOException e) {
      return List.of();
    }
    return Namespaces.inode(namespace).map(inode -> all.getOrDefault(inode, List.of())).stream()
        .flatMap(List::stream)
        .filter(pid -> ProcFs.uid(pid).filter(owner -> owner == uid).isPresent())
        .flatMap(pid -> ProcessIdentity.of(pid).stream())
        .toList();
  }
}
