package io.directfaas.gateway.load;

import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EdgeLoad;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * OpenFaaS's metrics of calls, in the Prometheus text format, with the names and labels that its
 * dashboards use.
 */
public final class CallMetrics implements Supplier<String> {
  private final Supplier<GraphState> graph;
  private final CallCounts counts;
  private final Loads loads;

  public CallMetrics(Supplier<GraphState> graph, CallCounts counts, Loads loads) {
    this.graph = graph;
    this.counts = counts;
    this.loads = loads;
  }

  @Override
  public String get() {
    List<FunctionCalls> all =
        graph.get().functions().stream().map(DeployedFunction::ref).map(counts::total).toList();
    StringBuilder text = new StringBuilder();
    totals(text, all);
    started(text, all);
    durations(text, all);
    inFlight(text, all);
    return text.toString();
  }

  private static void totals(StringBuilder text, List<FunctionCalls> all) {
    String name = "gateway_function_invocation_total";
    head(text, name, "counter", "Calls that ended, by function and HTTP status.");
    for (FunctionCalls calls : all) {
      for (EndedCalls ended : calls.ended()) {
        line(text, name, labels(calls.function(), ended), ended.count());
      }
    }
  }

  private static void started(StringBuilder text, List<FunctionCalls> all) {
    String name = "gateway_function_invocation_started";
    head(text, name, "counter", "Calls that began, by function.");
    for (FunctionCalls calls : all) {
      line(text, name, label(calls.function()), calls.started());
    }
  }

  private static void durations(StringBuilder text, List<FunctionCalls> all) {
    String name = "gateway_functions_seconds";
    head(text, name, "histogram", "How long calls took, by function and HTTP status.");
    for (FunctionCalls calls : all) {
      for (EndedCalls ended : calls.ended()) {
        String labels = labels(calls.function(), ended);
        long sum = 0;
        for (int i = 0; i < EndedCalls.BOUNDS.size(); i++) {
          sum += ended.buckets().get(i);
          line(
              text,
              name + "_bucket",
              labels + ",le=\"" + plain(EndedCalls.BOUNDS.get(i)) + "\"",
              sum);
        }
        line(text, name + "_bucket", labels + ",le=\"+Inf\"", ended.count());
        text.append(name).append("_sum{").append(labels).append("} ");
        text.append(ended.seconds()).append('\n');
        line(text, name + "_count", labels, ended.count());
      }
    }
  }

  private void inFlight(StringBuilder text, List<FunctionCalls> all) {
    String name = "gateway_invocation_function_invocation_inflight";
    head(text, name, "gauge", "Calls under way, by function.");
    Map<FunctionRef, Long> reported = new HashMap<>();
    for (EdgeLoad load : loads.edges()) {
      reported.merge(load.edge().callee(), load.inFlight(), Long::sum);
    }
    for (FunctionCalls calls : all) {
      long most =
          Math.max(counts.inFlight(calls.function()), reported.getOrDefault(calls.function(), 0L));
      line(text, name, label(calls.function()), most);
    }
  }

  private static String label(FunctionRef function) {
    // both are DNS labels, so there is nothing to escape
    return "function_name=\"" + function.name() + "." + function.namespace() + "\"";
  }

  private static String labels(FunctionRef function, EndedCalls ended) {
    return label(function) + ",code=\"" + ended.code() + "\"";
  }

  /** As Prometheus's clients write it. */
  private static String plain(double bound) {
    return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
  }

  private static void line(StringBuilder text, String name, String labels, long value) {
    text.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
