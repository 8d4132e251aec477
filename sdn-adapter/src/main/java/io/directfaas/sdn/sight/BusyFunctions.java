package io.directfaas.sdn.sight;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.sdn.openflow.OpenFlowException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which functions are being called, by what their edges carry: the only one who sees calls that
 * pass no proxy. Looks every few seconds, and less often where a look takes long.
 *
 * <p>When in doubt a function is busy: before the first look and while the switch is away, all are.
 */
final class BusyFunctions implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BusyFunctions.class);
  private static final Duration LOOK = Duration.ofSeconds(3);

  /** Of the time, at most a tenth is spent on looking. */
  private static final int REST_PER_LOOK = 9;

  /**
   * The longest frame of TCP over Ethernet and IPv4 that usually carries nothing: 14 + 20 + 20
   * bytes, and 12 of timestamps. Idle connections exchange such ones to stay alive.
   */
  private static final int EMPTY_FRAME = 66;

  /** How edges' counters are read. */
  interface Counters {
    List<EdgeCount> edges() throws OpenFlowException, InterruptedException;
  }

  private final Counters counters;
  private final Supplier<List<Graph>> carried;
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("busy-functions").factory());

  /** Touched by the loop only. */
  private Map<String, EdgeCount> before = Map.of();

  private volatile boolean seen;
  private volatile Set<FunctionRef> busy = Set.of();

  /**
   * @param carried the graphs at present, oldest first
   */
  BusyFunctions(Counters counters, Supplier<List<Graph>> carried) {
    this.counters = counters;
    this.carried = carried;
  }

  void start() {
    loop.execute(this::lookAgainAndAgain);
  }

  /** Those that carried something between the last two looks. */
  Set<FunctionRef> busy() {
    return seen ? busy : allCallees();
  }

  private void lookAgainAndAgain() {
    long begun = System.nanoTime();
    try {
      look();
    } catch (OpenFlowException e) {
      seen = false;
      log.debug("the switch is away", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (RuntimeException e) {
      seen = false;
      log.error("what edges carry could not be looked at", e);
    }
    long took = System.nanoTime() - begun;
    if (!loop.isShutdown()) {
      var unused =
          loop.schedule(
              this::lookAgainAndAgain,
              Math.max(LOOK.toNanos(), took * REST_PER_LOOK),
              TimeUnit.NANOSECONDS);
    }
  }

  /** For the loop's thread, and for tests without one. */
  void look() throws OpenFlowException, InterruptedException {
    Map<String, EdgeCount> now = new HashMap<>();
    Set<FunctionRef> moved = new HashSet<>();
    for (EdgeCount edge : counters.edges()) {
      now.put(edge.caller() + ' ' + edge.callee(), edge);
      EdgeCount old = before.get(edge.caller() + ' ' + edge.callee());
      boolean carried =
          old == null
              ? carries(edge.forward(), EdgeCount.Count.NONE)
              : carries(edge.forward(), old.forward()) || carries(edge.reply(), old.reply());
      // One that no graph knows any more has a number for a name.
      if (carried && edge.callee().indexOf('/') > 0) {
        moved.add(FunctionRef.parse(edge.callee(), ""));
      }
    }
    before = now;
    busy = Set.copyOf(moved);
    seen = true;
  }

  /** Whether there was more than signs of life. Counters that fell began anew. */
  private static boolean carries(EdgeCount.Count now, EdgeCount.Count before) {
    long packets = now.packets() - before.packets();
    long bytes = now.bytes() - before.bytes();
    return packets < 0 || bytes > packets * EMPTY_FRAME;
  }

  private Set<FunctionRef> allCallees() {
    Set<FunctionRef> all = new HashSet<>();
    for (Graph graph : carried.get()) {
      graph.edges().keySet().stream().map(Edge.Key::callee).forEach(all::add);
    }
    return all;
  }

  @Override
  public void close() {
    loop.shutdownNow();
  }
}
