package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.Installation;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Starting and stopping a stack as a user means it. */
public final class Lifecycle {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration SILENT = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int LOG_LINES = 15;

  private final Stack stack;
  private final Terminal terminal;
  private final StackProcess process;

  public Lifecycle(Stack stack, Terminal terminal) {
    this.stack = stack;
    this.terminal = terminal;
    this.process = new StackProcess(stack);
  }

  /**
   * Starts the stack unless it runs; returns when everything is ready.
   *
   * @throws CommandFailed with one sentence; then nothing new is left behind
   */
  public void up() {
    requireRoot();
    Optional<ProcessIdentity> running = process.running();
    if (running.isPresent() && process.ready()) {
      terminal.line("The stack is up already (pid %d).".formatted(running.get().pid()));
      return;
    }
    long start = System.nanoTime();
    boolean fresh = !hasRemains();
    ProcessIdentity started;
    if (running.isPresent()) {
      started = running.get();
    } else {
      Ports.requireFree(portsNotHeldByUs());
      started = process.start(Installation.ofProcess());
    }
    awaitReady(started, fresh);
    terminal.line(
        "The stack is up (%.1f s): functions at %s/function/NAME, control at %s."
            .formatted((System.nanoTime() - start) / 1e9, stack.ingress(), stack.ingress()));
  }

  /** Stops the stack and removes what is left of it. Does nothing where there is none. */
  public void down() {
    requireRoot();
    boolean ran = process.stop();
    boolean remains = hasRemains();
    Remains.remove(stack.config());
    terminal.line(ran || remains ? "The stack is down." : "The stack was not up.");
  }

  private void awaitReady(ProcessIdentity started, boolean fresh) {
    long start = System.nanoTime();
    String shown = "";
    while (!process.ready()) {
      Optional<String> failure = process.failure();
      boolean ended = !started.alive();
      long waited = System.nanoTime() - start;
      if (failure.isPresent() || ended || waited > READY_TIMEOUT.toNanos()) {
        terminal.progressDone();
        giveUp(
            failure.orElse(
                ended
                    ? "the stack's process ended while it started"
                    : "the stack was not ready within " + READY_TIMEOUT.toSeconds() + " s"),
            failure.isPresent(),
            fresh);
      }
      String step = process.progress().orElse("Starting");
      if (waited > SILENT.toNanos() && !step.equals(shown)) {
        terminal.progress(step + " ...");
        shown = step;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    terminal.progressDone();
  }

  private void giveUp(String sentence, boolean explained, boolean fresh) {
    if (!explained) {
      logTail();
    }
    process.stop();
    if (fresh) {
      // What ran before a crash goes on; what this start made is taken back.
      Remains.remove(stack.config());
    }
    throw new CommandFailed(sentence + "; its log is " + stack.log());
  }

  private void logTail() {
    try {
      var lines = Files.readAllLines(stack.log());
      lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()).forEach(terminal::note);
    } catch (IOException e) {
      terminal.note("(" + stack.log() + " cannot be read)");
    }
  }

  /** After a crash of the stack ingress and queue worker still serve, on their own ports. */
  private Map<Integer, String> portsNotHeldByUs() {
    Map<Integer, String> ports = Ports.of(stack.config().ports());
    Path ingress = stack.layout().sidecarPid(Layout.INGRESS_REPLICA);
    if (ProcessIdentity.readFrom(ingress).filter(ProcessIdentity::alive).isPresent()) {
      ports.remove(stack.config().ports().ingress());
    }
    Path queue = stack.layout().queuePid();
    if (ProcessIdentity.readFrom(queue).filter(ProcessIdentity::alive).isPresent()) {
      ports.remove(stack.config().ports().queueHttp());
    }
    return ports;
  }

  private boolean hasRemains() {
    Path register = stack.layout().namespaceRegister();
    if (!Files.isDirectory(register)) {
      return false;
    }
    try (Stream<Path> namespaces = Files.list(register)) {
      return namespaces.findAny().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static void requireRoot() {
    try {
      if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
        throw new CommandFailed("this needs root: it makes network namespaces and a switch");
      }
    } catch (IOException e) {
      throw new CommandFailed("this needs Linux: there is no /proc/self", e);
    }
  }
}
