package io.directfaas.xds.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Names;
import io.directfaas.graph.denied.DeniedCall;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.resources.CallLog;
import io.directfaas.xds.stream.WorkloadService;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes the counters that an Envoy keeps of its calls, see {@link CallLog}, by the OpenTelemetry
 * protocol. They count from the Envoy's start, so that an export that is lost costs nothing.
 */
public final class CallCountService implements WorkloadService {
  /** The resource's attribute that tells one life of an Envoy from another. */
  public static final String LIFE = "service.instance.id";

  private static final Pattern LIFE_FORM = Pattern.compile("[-0-9a-zA-Z]{1,64}");

  /** The resource's attribute by which a client by TCP says which node it is. */
  public static final String NODE = "directfaas.node";

  private static final Pattern NODE_FORM = Pattern.compile("[-._0-9a-zA-Z]{1,253}");

  /** A client by TCP that has been silent for so long makes room for another. */
  private static final Duration SILENT = Duration.ofMinutes(5);

  /** Functions times statuses; more in one export are a lie. */
  private static final int MOST_POINTS = 16384;

  private final Callees callees;
  private final Consumer<SourceCalls> sink;
  private final Consumer<DeniedCall> denied;

  private record Word(SourceCalls calls, long at) {}

  /** The last word of each workload, so that only news is passed on. */
  private final ConcurrentMap<WorkloadIdentity, Word> last = new ConcurrentHashMap<>();

  /** How many refused calls each Envoy's last word held, by whom they meant. */
  private final ConcurrentMap<WorkloadIdentity, Refused> refused = new ConcurrentHashMap<>();

  private record Refused(String life, Map<FunctionRef, Long> counts) {}

  /**
   * @param sink takes counts that are new
   * @param denied takes calls that an Envoy has refused since its last word
   */
  public CallCountService(
      Callees callees, Consumer<SourceCalls> sink, Consumer<DeniedCall> denied) {
    this.callees = callees;
    this.sink = sink;
    this.denied = denied;
  }

  @Override
  public BindableService of(Supplier<Peer> caller) {
    return new MetricsServiceGrpc.MetricsServiceImplBase() {
      @Override
      public void export(
          ExportMetricsServiceRequest request,
          StreamObserver<ExportMetricsServiceResponse> client) {
        try {
          for (ResourceMetrics metrics : request.getResourceMetricsList()) {
            take(identity(caller.get(), metrics), metrics);
          }
        } catch (IllegalArgumentException e) {
          client.onError(
              Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
          return;
        } catch (StatusRuntimeException e) {
          client.onError(e);
          return;
        }
        client.onNext(ExportMetricsServiceResponse.getDefaultInstance());
        client.onCompleted();
      }
    };
  }

  @Override
  public void gone(WorkloadIdentity identity) {
    last.remove(identity);
    refused.remove(identity);
  }

  private WorkloadIdentity identity(Peer peer, ResourceMetrics metrics) {
    if (!(peer instanceof Peer.Client client)) {
      return Reporter.of(peer, "");
    }
    String node = attribute(metrics.getResource().getAttributesList(), NODE);
    if (node == null || !NODE_FORM.matcher(node).matches()) {
      throw new IllegalArgumentException(
          "resource attribute " + NODE + ": is missing or malformed");
    }
    if (client.nodeId() != null && !client.nodeId().equals(node)) {
      throw Status.PERMISSION_DENIED
          .withDescription(
              "resource attribute %s: '%s', but this workload is '%s'"
                  .formatted(NODE, node, client.nodeId()))
          .asRuntimeException();
    }
    WorkloadIdentity identity = Reporter.of(peer, node);
    if (!last.containsKey(identity) && !hasRoom(client.function())) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("limit reporting-clients-per-function of " + ClientLimit.PER_FUNCTION)
          .asRuntimeException();
    }
    return identity;
  }

  private boolean hasRoom(FunctionRef function) {
    long silentSince = System.nanoTime() - SILENT.toNanos();
    last.entrySet()
        .removeIf(
            entry ->
                Reporter.byTcp(entry.getKey())
                    && entry.getKey().function().equals(function)
                    && entry.getValue().at - silentSince < 0);
    refused.keySet().removeIf(known -> Reporter.byTcp(known) && !last.containsKey(known));
    return last.keySet().stream()
            .filter(identity -> Reporter.byTcp(identity) && identity.function().equals(function))
            .count()
        < ClientLimit.PER_FUNCTION;
  }

  private void take(WorkloadIdentity identity, ResourceMetrics metrics) {
    String life = attribute(metrics.getResource().getAttributesList(), LIFE);
    if (life == null || !LIFE_FORM.matcher(life).matches()) {
      throw new IllegalArgumentException(
          "resource attribute " + LIFE + ": is missing or malformed");
    }
    Word word = last.get(identity);
    SourceCalls before = word == null ? null : word.calls;
    if (before != null && !before.source().life().equals(life)) {
      before = null;
    }
    Map<FunctionRef, Long> started = new HashMap<>();
    Map<FunctionRef, Map<Integer, EndedCalls>> ended = new HashMap<>();
    Map<FunctionRef, Long> refusals = new HashMap<>();
    int points = 0;
    for (Metric metric :
        metrics.getScopeMetricsList().stream().flatMap(s -> s.getMetricsList().stream()).toList()) {
      switch (metric.getName()) {
        case CallLog.STARTED -> {
          for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
            FunctionRef callee = callee(identity, point.getAttributesList(), before);
            if (callee != null && ++points <= MOST_POINTS) {
              started.put(callee, Math.max(0, point.getAsInt()));
            }
          }
        }
        case CallLog.ENDED -> {
          for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
            FunctionRef callee = callee(identity, point.getAttributesList(), before);
            EndedCalls calls = callee == null ? null : calls(point);
            if (callee != null && calls != null && ++points <= MOST_POINTS) {
              ended
                  .computeIfAbsent(callee, c -> new TreeMap<>())
                  .merge(calls.code(), calls, EndedCalls::plus);
            }
          }
        }
        case CallLog.REFUSED -> {
          for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
            String name = attribute(point.getAttributesList(), CallLog.CALLEE);
            FunctionRef callee = name == null ? null : functionOf(name);
            if (callee != null && isFunction(callee) && ++points <= MOST_POINTS) {
              refusals.put(callee, Math.max(0, point.getAsInt()));
            }
          }
        }
        default -> {
          // an Envoy with a bootstrap of somebody else's sends all it has
        }
      }
    }
    tell(identity, new Refused(life, refusals));
    List<FunctionCalls> functions = new ArrayList<>();
    started.forEach(
        (callee, count) ->
            functions.add(
                new FunctionCalls(
                    callee, count, List.copyOf(ended.getOrDefault(callee, Map.of()).values()))));
    functions.sort((one, other) -> one.function().compareTo(other.function()));
    SourceCalls now = new SourceCalls(new SourceCalls.Source(identity.nodeId(), life), functions);
    if (!functions.isEmpty()) {
      last.put(identity, new Word(now, System.nanoTime()));
      if (!now.equals(before)) {
        sink.accept(now);
      }
    }
  }

  /** What has been refused since the last word; all of it if that was another life's, or lost. */
  private void tell(WorkloadIdentity identity, Refused now) {
    if (now.counts.isEmpty()) {
      return;
    }
    Refused before = refused.put(identity, now);
    Map<FunctionRef, Long> known =
        before == null || !before.life.equals(now.life) ? Map.of() : before.counts;
    now.counts.forEach(
        (callee, count) -> {
          long more = count - known.getOrDefault(callee, 0L);
          if (more > 0) {
            denied.accept(
                new DeniedCall(
                    identity.function(),
                    callee,
                    "http /function/" + callee.name() + "." + callee.namespace(),
                    more,
                    Instant.now()));
          }
        });
  }

  /** Callers can call by any name. */
  private static boolean isFunction(FunctionRef callee) {
    return Names.isDnsLabel(callee.name()) && Names.isDnsLabel(callee.namespace());
  }

  /** The callee of a point, if this workload may call it, or has: its last calls may end later. */
  private @Nullable FunctionRef callee(
      WorkloadIdentity identity, List<KeyValue> attributes, @Nullable SourceCalls before) {
    String route = attribute(attributes, CallLog.ROUTE);
    FunctionRef callee = route == null ? null : functionOf(route);
    if (callee == null) {
      return null;
    }
    boolean known =
        callees.mayCall(identity, callee)
            || before != null
                && before.functions().stream().anyMatch(calls -> calls.function().equals(callee));
    return known ? callee : null;
  }

  /** Routes of calls are named after their callee. */
  private static @Nullable FunctionRef functionOf(String route) {
    int slash = route.indexOf('/');
    return slash <= 0
        ? null
        : new FunctionRef(route.substring(0, slash), route.substring(slash + 1));
  }

  private static @Nullable EndedCalls calls(HistogramDataPoint point) {
    String code = attribute(point.getAttributesList(), CallLog.CODE);
    if (code == null
        || !code.matches("[0-9]{1,3}")
        || point.getBucketCountsCount() != EndedCalls.BOUNDS.size() + 1) {
      return null;
    }
    int status = Integer.parseInt(code);
    return new EndedCalls(
        status == 0 ? EndedCalls.CALLER_GONE : status,
        Math.max(0, point.getCount()),
        Math.max(0, point.getSum() / 1e6),
        point.getBucketCountsList());
  }

  private static @Nullable String attribute(List<KeyValue> attributes, String key) {
    for (KeyValue attribute : attributes) {
      if (attribute.getKey().equals(key)) {
        return attribute.getValue().getStringValue();
      }
    }
    return null;
  }
}
