package io.directfaas.gateway.function;

import io.directfaas.gateway.function.FunctionSpec.Resources;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenFaaS shape of a deployment, to and from {@link FunctionSpec}. Only types are looked at
 * here; {@link DeploymentRules} says what values may be.
 */
public final class DeploymentJson {
  private static final List<String> ACCELERATORS =
      List.of("nvidia.com/gpu", "amd.com/gpu", "intel.com/gpu");

  private DeploymentJson() {}

  /**
   * Reads a FunctionDeployment. Empty maps and objects read as left out, as Go's {@code omitempty}
   * makes no difference either.
   *
   * @param namespace of the deployment when it names none itself
   * @param violations takes what has a wrong type
   */
  public static FunctionSpec read(
      JsonNode deployment, String namespace, List<Violation> violations) {
    JsonFields fields = JsonFields.of(deployment, violations);
    String ownNamespace = fields.textOrEmpty("namespace");
    return new FunctionSpec(
        new FunctionRef(
            ownNamespace.isEmpty() ? namespace : ownNamespace, fields.textOrEmpty("service")),
        fields.textOrEmpty("image"),
        emptyToNull(fields.text("envProcess")),
        emptyToNull(fields.textMap("envVars")),
        fields.texts("constraints"),
        fields.texts("secrets"),
        fields.textMap("labels"),
        fields.textMap("annotations"),
        resources(fields, "limits", violations),
        resources(fields, "requests", violations),
        fields.flag("readOnlyRootFilesystem"));
  }

  /** Writes what {@link #read} reads. */
  public static ObjectNode write(FunctionSpec spec) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("service", spec.ref().name());
    writeAllButName(spec, node);
    return node;
  }

  /** Everything but the name, which deployments and statuses call differently. */
  static void writeAllButName(FunctionSpec spec, ObjectNode node) {
    node.put("image", spec.image());
    node.put("namespace", spec.ref().namespace());
    if (spec.envProcess() != null) {
      node.put("envProcess", spec.envProcess());
    }
    if (spec.envVars() != null) {
      putAll(node.putObject("envVars"), spec.envVars());
    }
    if (!spec.constraints().isEmpty()) {
      addAll(node.putArray("constraints"), spec.constraints());
    }
    if (!spec.secrets().isEmpty()) {
      addAll(node.putArray("secrets"), spec.secrets());
    }
    putAll(node.putObject("labels"), spec.labels());
    putAll(node.putObject("annotations"), spec.annotations());
    write(node, "limits", spec.limits());
    write(node, "requests", spec.requests());
    if (spec.readOnlyRootFilesystem()) {
      node.put("readOnlyRootFilesystem", true);
    }
  }

  private static void write(ObjectNode node, String name, @Nullable Resources resources) {
    if (resources != null) {
      ObjectNode object = node.putObject(name);
      if (resources.memory() != null) {
        object.put("memory", resources.memory());
      }
      if (resources.cpu() != null) {
        object.put("cpu", resources.cpu());
      }
    }
  }

  private static @Nullable Resources resources(
      JsonFields fields, String name, List<Violation> violations) {
    JsonFields object = fields.object(name);
    if (object == null) {
      return null;
    }
    for (String accelerator : ACCELERATORS) {
      if (emptyToNull(object.text(accelerator)) != null) {
        violations.add(
            new Violation(name + "[\"" + accelerator + "\"]", "there are no accelerators here"));
      }
    }
    String memory = emptyToNull(object.text("memory"));
    String cpu = emptyToNull(object.text("cpu"));
    return memory == null && cpu == null ? null : new Resources(memory, cpu);
  }

  private static @Nullable String emptyToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static @Nullable Map<String, String> emptyToNull(Map<String, String> map) {
    return map.isEmpty() ? null : map;
  }

  private static void putAll(ObjectNode node, Map<String, String> values) {
    values.forEach(node::put);
  }

  private static void addAll(ArrayNode node, List<String> values) {
    values.forEach(node::add);
  }
}
