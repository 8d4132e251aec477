package io.directfaas.graph.denied;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.v1.DeniedCallsGrpc;
import io.directfaas.graph.v1.DeniedCallsReport;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer's side: gathers what it turned away and tells the owner now and then. Bounded: while the
 * owner is away the same pairs only count up, and more than {@value #MAX_PENDING} different ones
 * are not kept. Never blocks the one who saw the call.
 */
public final class DeniedCallsReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeniedCallsReporter.class);
  private static final int MAX_PENDING = 4 * DeniedCallsLog.MAX_PER_REPORT;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  private record Pair(FunctionRef caller, FunctionRef callee) {}

  private final String name;
  private final DeniedCallsGrpc.DeniedCallsBlockingStub owner;
  private final Duration interval;
  private final Thread sender;
  // Guarded by this.
  private final Map<Pair, DeniedCall> pending = new LinkedHashMap<>();
  private volatile boolean closing;

  /**
   * @param name how this layer is called in reports
   * @param owner where the graph's owner listens
   * @param interval how often it is told, if there is anything to tell
   */
  public DeniedCallsReporter(String name, Channel owner, Duration interval) {
    this.name = name;
    this.owner = DeniedCallsGrpc.newBlockingStub(owner);
    this.interval = interval;
    this.sender = Thread.ofVirtual().name("denied-calls-reporter").unstarted(this::send);
  }

  public void start() {
    sender.start();
  }

  /** Adds one that was seen. */
  public synchronized void saw(DeniedCall call) {
    Pair pair = new Pair(call.caller(), call.callee());
    if (pending.containsKey(pair) || pending.size() < MAX_PENDING) {
      pending.merge(pair, call, DeniedCall::plus);
    }
  }

  private void send() {
    boolean reported = true;
    while (!closing) {
      try {
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      } catch (InterruptedException e) {
        return;
      }
      List<DeniedCall> batch = take();
      if (batch.isEmpty()) {
        continue;
      }
      try {
        owner
            .withDeadlineAfter(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
            .report(toProto(batch));
        reported = true;
      } catch (StatusRuntimeException e) {
        batch.forEach(this::saw);
        if (reported && !closing) {
          log.info("denied calls are kept until the graph's owner takes them: {}", e.getMessage());
        }
        reported = false;
      }
    }
  }

  private synchronized List<DeniedCall> take() {
    List<DeniedCall> batch = new ArrayList<>();
    var each = pending.values().iterator();
    while (each.hasNext() && batch.size() < DeniedCallsLog.MAX_PER_REPORT) {
      batch.add(each.next());
      each.remove();
    }
    return batch;
  }

  private DeniedCallsReport toProto(List<DeniedCall> batch) {
    DeniedCallsReport.Builder report = DeniedCallsReport.newBuilder().setReporter(name);
    for (DeniedCall call : batch) {
      report.addCalls(
          io.directfaas.graph.v1.DeniedCall.newBuilder()
              .setCaller(toProto(call.caller()))
              .setCallee(toProto(call.callee()))
              .setAttempt(call.attempt())
              .setCount(call.count())
              .setLastSeenMillis(call.lastSeen().toEpochMilli()));
    }
    return report.build();
  }

  private static io.directfaas.graph.v1.FunctionRef toProto(FunctionRef ref) {
    return io.directfaas.graph.v1.FunctionRef.newBuilder()
        .setNamespace(ref.namespace())
        .setName(ref.name())
        .build();
  }

  /** What was not told is forgotten: what is still being tried is seen again. */
  @Override
  public void close() {
    closing = true;
    sender.interrupt();
  }
}
