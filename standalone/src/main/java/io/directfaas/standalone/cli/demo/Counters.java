package io.directfaas.standalone.cli.demo;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.client.UnixHttp;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Counters of three independent witnesses: the sidecars' Envoys, the switch, and gateway-lite. */
final class Counters {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Stack stack;

  Counters(Stack stack) {
    this.stack = stack;
  }

  /**
   * Bytes in both directions of one hop.
   *
   * @param there from caller to callee
   * @param back from callee to caller
   */
  record Bytes(long there, long back) {
    Bytes minus(Bytes before) {
      return new Bytes(there - before.there, back - before.back);
    }

    Bytes plus(Bytes more) {
      return new Bytes(there + more.there, back + more.back);
    }
  }

  /** What the callers' Envoys sent to the callee's replicas and received from them. */
  Bytes byEnvoy(List<ReplicaView> callers, FunctionRef callee) {
    Bytes sum = new Bytes(0, 0);
    for (ReplicaView caller : callers) {
      Answer answer =
          UnixHttp.get(
              stack.layout().adminSocket(caller.id()),
              "/stats?filter=upstream_cx_.x_bytes_total",
              TIMEOUT);
      String prefix = "cluster.fn/" + callee + ".upstream_cx_";
      sum =
          sum.plus(
              new Bytes(
                  valueOf(answer.text(), prefix + "tx_bytes_total: "),
                  valueOf(answer.text(), prefix + "rx_bytes_total: ")));
    }
    return sum;
  }

  /**
   * What the switch let through for the edge, Ethernet headers included; late by a second or so.
   */
  Bytes bySwitch(FunctionRef caller, FunctionRef callee) {
    for (JsonNode edge : ask(stack.sdn(), "/edges").json()) {
      if (edge.path("caller").asString().equals(caller.toString())
          && edge.path("callee").asString().equals(callee.toString())) {
        return new Bytes(
            edge.path("forward").path("bytes").asLong(), edge.path("reply").path("bytes").asLong());
      }
    }
    return new Bytes(0, 0);
  }

  /** Bytes of bodies that have passed gateway-lite, in and out. */
  Bytes throughGateway() {
    String metrics = ask(stack.gatewayMetrics(), "/metrics").text();
    return new Bytes(
        valueOf(metrics, "directfaas_gateway_http_request_bytes_total "),
        valueOf(metrics, "directfaas_gateway_http_response_bytes_total "));
  }

  /** Packets of one sender that the switch dropped for one reason; late by a second or so. */
  long droppedFrom(FunctionRef sender, String reason) {
    long packets = 0;
    for (JsonNode drop : ask(stack.sdn(), "/drops").json()) {
      if (!drop.path("reason").asString().equals(reason)) {
        continue;
      }
      for (JsonNode each : drop.path("senders")) {
        if (each.path("function").asString().equals(sender.toString())) {
          packets += each.path("packets").asLong();
        }
      }
    }
    return packets;
  }

  private static Answer ask(HttpCaller component, String path) {
    Answer answer = component.get(path, TIMEOUT);
    if (!answer.ok()) {
      throw new Unavailable(
          "%s answered %d to %s: %s"
              .formatted(
                  component.base().getAuthority(), answer.status(), path, answer.text().strip()));
    }
    return answer;
  }

  /** The number behind a name in a list of lines; 0 where it is not (yet) counted. */
  static long valueOf(String lines, String name) {
    return lines
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length()).strip()))
        .sum();
  }
}
