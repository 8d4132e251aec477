package io.directfaas.graph.denied;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.v1.DeniedCallsGrpc;
import io.directfaas.graph.v1.DeniedCallsReceipt;
import io.directfaas.graph.v1.DeniedCallsReport;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The owner's side: takes reports and remembers the latest, so many per calling tenant, so that a
 * tenant that tries everything forgets its own attempts and no one else's. In memory only: what is
 * still being tried is seen again soon.
 */
public final class DeniedCallsLog extends DeniedCallsGrpc.DeniedCallsImplBase {
  /** Pairs of caller and callee that are remembered for one tenant. */
  public static final int MAX_PER_TENANT = 500;

  /** Entries in one report. */
  public static final int MAX_PER_REPORT = 1000;

  private static final int MAX_ATTEMPT_LENGTH = 200;
  private static final int MAX_REPORTER_LENGTH = 64;

  /**
   * @param reporter who saw it
   */
  public record Entry(String reporter, DeniedCall call) {}

  private record Key(String reporter, FunctionRef caller, FunctionRef callee) {}

  // Guarded by this. Per tenant in the order of last sight, the oldest first.
  private final Map<String, LinkedHashMap<Key, DeniedCall>> byTenant = new HashMap<>();

  /** All that is remembered, the latest first. */
  public synchronized List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    for (LinkedHashMap<Key, DeniedCall> calls : byTenant.values()) {
      calls.forEach((key, call) -> all.add(new Entry(key.reporter(), call)));
    }
    all.sort(Comparator.comparing((Entry e) -> e.call().lastSeen()).reversed());
    return all;
  }

  /**
   * Forgets what tenants that no longer exist have tried.
   *
   * @param tenants those that do
   */
  public synchronized void keepOnly(Collection<String> tenants) {
    byTenant.keySet().retainAll(tenants);
  }

  /** Adds what a layer saw. */
  public synchronized void add(String reporter, DeniedCall call) {
    LinkedHashMap<Key, DeniedCall> calls =
        byTenant.computeIfAbsent(call.caller().namespace(), t -> new LinkedHashMap<>());
    Key key = new Key(reporter, call.caller(), call.callee());
    DeniedCall before = calls.remove(key);
    calls.put(key, before == null ? call : before.plus(call));
    Iterator<Key> oldest = calls.keySet().iterator();
    while (calls.size() > MAX_PER_TENANT) {
      oldest.next();
      oldest.remove();
    }
  }

  @Override
  public void report(DeniedCallsReport report, StreamObserver<DeniedCallsReceipt> answer) {
    if (report.getCallsCount() > MAX_PER_REPORT
        || report.getReporter().isEmpty()
        || report.getReporter().length() > MAX_REPORTER_LENGTH) {
      answer.onError(
          Status.INVALID_ARGUMENT
              .withDescription(
                  "a report names its reporter in 1 to "
                      + MAX_REPORTER_LENGTH
                      + " characters and holds at most "
                      + MAX_PER_REPORT
                      + " calls")
              .asRuntimeException());
      return;
    }
    for (io.directfaas.graph.v1.DeniedCall call : report.getCallsList()) {
      add(report.getReporter(), fromProto(call));
    }
    answer.onNext(DeniedCallsReceipt.getDefaultInstance());
    answer.onCompleted();
  }

  private static DeniedCall fromProto(io.directfaas.graph.v1.DeniedCall call) {
    String attempt = call.getAttempt();
    return new DeniedCall(
        new FunctionRef(call.getCaller().getNamespace(), call.getCaller().getName()),
        new FunctionRef(call.getCallee().getNamespace(), call.getCallee().getName()),
        attempt.substring(0, Math.min(attempt.length(), MAX_ATTEMPT_LENGTH)),
        Math.max(1, call.getCount()),
        Instant.ofEpochMilli(call.getLastSeenMillis()));
  }
}
