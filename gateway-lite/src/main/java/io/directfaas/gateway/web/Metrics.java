package io.directfaas.gateway.web;

import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.GraphState;
import java.util.List;
import java.util.function.Supplier;

/** The Prometheus text format, version 0.0.4, of what gateway-lite knows. */
public final class Metrics implements Supplier<String> {
  private final GraphOwner owner;
  private final BodyBytes bodyBytes;
  private final List<Supplier<String>> more;

  /**
   * @param more metrics of other parts, complete with their heads
   */
  public Metrics(GraphOwner owner, BodyBytes bodyBytes, List<Supplier<String>> more) {
    this.owner = owner;
    this.bodyBytes = bodyBytes;
    this.more = List.copyOf(more);
  }

  @Override
  public String get() {
    GraphState state = owner.state();
    StringBuilder text = new StringBuilder();
    head(text, "gateway_service_count", "gauge", "Replicas that serve, by function.");
    for (DeployedFunction function : state.functions()) {
      // both are DNS labels, so there is nothing to escape
      text.append("gateway_service_count{function_name=\"")
          .append(function.ref().name())
          .append('.')
          .append(function.ref().namespace())
          .append("\"} ")
          .append(function.ready())
          .append('\n');
    }
    single(
        text,
        "directfaas_graph_revision",
        "gauge",
        "The revision of the graph.",
        state.graph().revision());
    single(
        text,
        "directfaas_gateway_http_request_bytes_total",
        "counter",
        "Bytes of request bodies that passed the control API.",
        bodyBytes.requestBytes());
    single(
        text,
        "directfaas_gateway_http_response_bytes_total",
        "counter",
        "Bytes of response bodies that passed the control API.",
        bodyBytes.responseBytes());
    more.forEach(part -> text.append(part.get()));
    return text.toString();
  }

  private static void single(
      StringBuilder text, String name, String type, String help, long value) {
    head(text, name, type, help);
    text.append(name).append(' ').append(value).append('\n');
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
