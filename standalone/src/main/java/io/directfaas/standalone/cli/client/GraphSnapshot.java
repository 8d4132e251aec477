package io.directfaas.standalone.cli.client;

import io.directfaas.graph.FunctionRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The graph as {@code GET /system/graph} shows it.
 *
 * @param revision its revision
 * @param replicas every function's replicas; a function without any has an empty list
 * @param edges who may call whom
 * @param problems why a function does not have its replicas; only of those that have not
 */
public record GraphSnapshot(
    long revision,
    Map<FunctionRef, List<ReplicaView>> replicas,
    List<EdgeView> edges,
    Map<FunctionRef, String> problems) {

  /**
   * @param id also the xDS node id of its sidecar
   * @param ip its address
   * @param mac its hardware address
   * @param port the port it serves on
   * @param node the machine it runs on
   * @param state starting, ready or draining
   * @param ready whether calls go to it
   */
  public record ReplicaView(
      String id, String ip, String mac, int port, String node, String state, boolean ready) {}

  /**
   * @param caller who may call
   * @param callee whom
   * @param dataPath how the call is carried
   * @param origin why the edge exists
   */
  public record EdgeView(FunctionRef caller, FunctionRef callee, String dataPath, String origin) {}

  static GraphSnapshot of(JsonNode json) {
    Map<FunctionRef, List<ReplicaView>> replicas = new TreeMap<>();
    Map<FunctionRef, String> problems = new TreeMap<>();
    for (JsonNode function : json.path("functions")) {
      List<ReplicaView> own = new ArrayList<>();
      for (JsonNode replica : function.path("replicas")) {
        own.add(
            new ReplicaView(
                replica.path("id").asString(),
                replica.path("ip").asString(),
                replica.path("mac").asString(),
                replica.path("port").asInt(),
                replica.path("node").asString(),
                replica.path("state").asString(),
                replica.path("ready").asBoolean()));
      }
      FunctionRef ref =
          new FunctionRef(function.path("namespace").asString(), function.path("name").asString());
      replicas.put(ref, own);
      if (function.path("problem").isString()) {
        problems.put(ref, function.path("problem").asString());
      }
    }
    List<EdgeView> edges = new ArrayList<>();
    for (JsonNode edge : json.path("edges")) {
      edges.add(
          new EdgeView(
              ref(edge.path("caller").asString()),
              ref(edge.path("callee").asString()),
              edge.path("dataPath").asString(),
              edge.path("origin").asString()));
    }
    return new GraphSnapshot(json.path("revision").asLong(), replicas, edges, problems);
  }

  private static FunctionRef ref(String text) {
    try {
      return FunctionRef.parse(text, "");
    } catch (IllegalArgumentException e) {
      throw new Unavailable("gateway-lite's graph names an edge of '" + text + "'", e);
    }
  }

  public List<ReplicaView> replicasOf(FunctionRef function) {
    return replicas.getOrDefault(function, List.of());
  }

  public List<ReplicaView> readyReplicasOf(FunctionRef function) {
    return replicasOf(function).stream().filter(ReplicaView::ready).toList();
  }

  public Optional<EdgeView> edge(FunctionRef caller, FunctionRef callee) {
    return edges.stream()
        .filter(edge -> edge.caller().equals(caller) && edge.callee().equals(callee))
        .findFirst();
  }
}
