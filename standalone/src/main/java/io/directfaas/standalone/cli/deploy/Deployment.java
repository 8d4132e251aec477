package io.directfaas.standalone.cli.deploy;

import io.directfaas.graph.Annotations;
import io.directfaas.standalone.cli.deploy.StackFile.Entry;
import io.directfaas.standalone.cli.deploy.StackFile.Resources;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An entry of a stack.yml as OpenFaaS's FunctionDeployment. */
public final class Deployment {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Deployment() {}

  /**
   * @param entry what to deploy
   * @param codeSha256 the code bundle's hash, or null when there is none
   */
  public static String json(Entry entry, @Nullable String codeSha256) {
    ObjectNode json = JSON.createObjectNode();
    json.put("service", entry.ref().name());
    json.put("image", entry.image());
    json.put("namespace", entry.ref().namespace());
    if (entry.process() != null) {
      json.put("envProcess", entry.process());
    }
    put(json, "envVars", entry.environment());
    put(json, "constraints", entry.constraints());
    put(json, "secrets", entry.secrets());
    // Clients of OpenFaaS always send these two.
    put(json, "labels", entry.labels() == null ? Map.of() : entry.labels());
    Map<String, String> annotations =
        new TreeMap<>(entry.annotations() == null ? Map.of() : entry.annotations());
    if (codeSha256 != null) {
      annotations.put(Annotations.CODE, codeSha256);
    }
    put(json, "annotations", annotations);
    put(json, "limits", entry.limits());
    put(json, "requests", entry.requests());
    if (entry.readOnlyRootFilesystem()) {
      json.put("readOnlyRootFilesystem", true);
    }
    return json.toString();
  }

  private static void put(ObjectNode json, String name, @Nullable Map<String, String> map) {
    if (map != null) {
      ObjectNode object = json.putObject(name);
      map.forEach(object::put);
    }
  }

  private static void put(ObjectNode json, String name, @Nullable List<String> list) {
    if (list != null) {
      list.forEach(json.putArray(name)::add);
    }
  }

  private static void put(ObjectNode json, String name, @Nullable Resources resources) {
    if (resources != null) {
      ObjectNode object = json.putObject(name);
      if (resources.memory() != null) {
        object.put("memory", resources.memory());
      }
      if (resources.cpu() != null) {
        object.put("cpu", resources.cpu());
      }
    }
  }
}
