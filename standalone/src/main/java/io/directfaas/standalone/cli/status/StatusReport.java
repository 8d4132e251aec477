package io.directfaas.standalone.cli.status;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.GraphSnapshot.EdgeView;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import io.directfaas.standalone.config.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The stack's state as {@code status --json} prints it, put together from what each component says.
 * A component that is down leaves its part empty and a sentence in {@code problems}.
 */
final class StatusReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ObjectNode json = JSON.createObjectNode();
  private final List<String> problems = new ArrayList<>();

  private StatusReport() {}

  /**
   * What each component said.
   *
   * @param graph gateway-lite's graph
   * @param progress how far the graph's revision has got, by gateway-lite
   * @param xds xds-server's status
   * @param sdn sdn-adapter's status
   * @param queue the queue worker's status
   */
  record Sources(
      Source<GraphSnapshot> graph,
      Source<JsonNode> progress,
      Source<JsonNode> xds,
      Source<JsonNode> sdn,
      Source<JsonNode> queue) {}

  /**
   * @param answer what it said, if it did
   * @param problem why it did not; may be empty where another source's problem explains it
   */
  record Source<T>(Optional<T> answer, String problem) {
    static <T> Source<T> of(T answer) {
      return new Source<>(Optional.of(answer), "");
    }

    static <T> Source<T> down(String problem) {
      return new Source<>(Optional.empty(), problem);
    }
  }

  static StatusReport of(Sources sources, Layout layout) {
    StatusReport report = new StatusReport();
    for (Source<?> source :
        List.of(
            sources.graph(), sources.progress(), sources.xds(), sources.sdn(), sources.queue())) {
      if (!source.problem().isEmpty()) {
        report.problems.add(source.problem());
      }
    }
    GraphSnapshot graph =
        sources
            .graph()
            .answer()
            .orElseGet(() -> new GraphSnapshot(0, Map.of(), List.of(), Map.of()));
    JsonNode sdn = sources.sdn().answer().orElseGet(JSON::createObjectNode);
    report.json.put("revision", graph.revision());
    report.addFunctions(graph, sdn.path("ports"), layout);
    report.addEdges(graph);
    report.addFunctionProblems(graph);
    report.addSidecars(sources.xds().answer().orElseGet(JSON::createObjectNode));
    report.addSwitches(sdn);
    report.json.set("queue", sources.queue().answer().orElseGet(JSON::nullNode));
    report.addLagging(sources.progress().answer().orElseGet(JSON::createObjectNode));
    report.findProblems(sdn);
    report.problems.forEach(report.json.putArray("problems")::add);
    return report;
  }

  ObjectNode json() {
    return json;
  }

  /** What is wrong, one sentence each; empty when all is well. */
  List<String> problems() {
    return problems;
  }

  private void addFunctions(GraphSnapshot graph, JsonNode ofPorts, Layout layout) {
    ArrayNode functions = json.putArray("functions");
    graph
        .replicas()
        .forEach(
            (ref, replicas) -> {
              if (!ref.isIngress()) {
                addFunction(functions.addObject(), ref, replicas, ofPorts, layout);
              }
            });
  }

  private static void addFunction(
      ObjectNode function,
      FunctionRef ref,
      List<ReplicaView> replicas,
      JsonNode ofPorts,
      Layout layout) {
    function.put("name", ref.name());
    function.put("namespace", ref.namespace());
    ArrayNode nodes = function.putArray("replicas");
    for (ReplicaView replica : replicas) {
      ObjectNode node = nodes.addObject();
      node.put("id", replica.id());
      node.put("ip", replica.ip());
      node.put("port", replica.port());
      node.put("mac", replica.mac());
      node.put("node", replica.node());
      node.put("netns", layout.replicaNamespace(replica.id()));
      JsonNode ofPort = ofPorts.path(replica.id());
      node.set("ofPort", ofPort.isMissingNode() ? JSON.nullNode() : ofPort);
      node.put("sidecarAdmin", layout.adminSocket(replica.id()).toString());
      node.put("ready", replica.ready());
      node.put("state", replica.state());
    }
  }

  /** Why a function does not run as it should, in its provider's words. */
  private void addFunctionProblems(GraphSnapshot graph) {
    graph.problems().forEach((ref, problem) -> problems.add(ref + ": " + problem));
  }

  private void addEdges(GraphSnapshot graph) {
    ArrayNode edges = json.putArray("edges");
    for (EdgeView edge : graph.edges()) {
      ObjectNode node = edges.addObject();
      node.put("caller", edge.caller().toString());
      node.put("callee", edge.callee().toString());
      node.put("dataPath", edge.dataPath());
      node.put("origin", edge.origin());
    }
  }

  private void addSidecars(JsonNode xds) {
    ArrayNode sidecars = json.putArray("sidecars");
    for (JsonNode sidecar : xds.path("sidecars")) {
      ObjectNode node = sidecars.addObject();
      copy(sidecar, node, "node", "connected", "ackedRevision");
      JsonNode waitsFor = sidecar.path("waitsFor");
      if (waitsFor.isString()) {
        problems.add(
            "sidecar %s has not taken its configuration: %s"
                .formatted(sidecar.path("node").asString(), waitsFor.asString()));
      }
      JsonNode nack = sidecar.path("nack");
      node.set("nack", nack.isMissingNode() ? JSON.nullNode() : nack);
    }
  }

  private void addSwitches(JsonNode sdn) {
    ArrayNode switches = json.putArray("switches");
    for (JsonNode each : sdn.path("switches")) {
      copy(each, switches.addObject(), "dpid", "connected", "role", "syncedRevision", "flows");
    }
  }

  private static void copy(JsonNode from, ObjectNode to, String... names) {
    for (String name : names) {
      JsonNode value = from.path(name);
      to.set(name, value.isMissingNode() ? JSON.nullNode() : value);
    }
  }

  private void addLagging(JsonNode progress) {
    ArrayNode lagging = json.putArray("lagging");
    progress.path("waitingFor").forEach(reason -> lagging.add(reason.asString()));
    for (JsonNode subscriber : progress.path("subscribers")) {
      for (JsonNode laggard : subscriber.path("laggards")) {
        lagging.add(
            "%s (%s)".formatted(laggard.path("who").asString(), laggard.path("why").asString()));
      }
    }
  }

  private void findProblems(JsonNode sdn) {
    for (JsonNode function : json.path("functions")) {
      for (JsonNode replica : function.path("replicas")) {
        if (replica.path("state").asString().equals("starting")) {
          problems.add("replica " + replica.path("id").asString() + " is not ready yet");
        }
      }
    }
    for (JsonNode sidecar : json.path("sidecars")) {
      String node = sidecar.path("node").asString();
      if (!sidecar.path("connected").asBoolean(false)) {
        problems.add("sidecar " + node + " is not connected");
      }
      if (!sidecar.path("nack").isNull()) {
        problems.add("sidecar " + node + " refused its configuration: " + text(sidecar, "nack"));
      }
    }
    for (JsonNode each : json.path("switches")) {
      if (!each.path("connected").asBoolean(false)) {
        problems.add("switch " + each.path("dpid").asString("") + " is not connected");
      }
    }
    for (JsonNode replica : sdn.path("waitingForPort")) {
      problems.add("replica " + replica.asString() + " is not plugged into the switch");
    }
    for (JsonNode replica : sdn.path("withoutLink")) {
      problems.add("replica " + replica.asString() + " has no link to the switch");
    }
    if (!sdn.path("lastError").asString("").isEmpty()) {
      problems.add("sdn-adapter: " + sdn.path("lastError").asString());
    }
    json.path("lagging").forEach(reason -> problems.add("lagging: " + reason.asString()));
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    return value.isString() ? value.asString() : value.toString();
  }
}
