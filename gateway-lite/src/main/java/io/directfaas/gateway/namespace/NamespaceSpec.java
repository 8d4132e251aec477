package io.directfaas.gateway.namespace;

import io.directfaas.gateway.function.Metadata;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.graph.Names;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.TenantDeclaration;
import io.directfaas.graph.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A namespace as its owner declares it.
 *
 * @param name a DNS label
 * @param labels as sent
 * @param annotations as sent; ours say which calls are allowed and how they are carried
 */
public record NamespaceSpec(
    String name, Map<String, String> labels, Map<String, String> annotations) {

  /** Reads the OpenFaaS FunctionNamespace; {@code violations} takes what has a wrong type. */
  public static NamespaceSpec read(JsonNode node, List<Violation> violations) {
    JsonFields fields = JsonFields.of(node, violations);
    return new NamespaceSpec(
        fields.textOrEmpty("name"), fields.textMap("labels"), fields.textMap("annotations"));
  }

  public ObjectNode json() {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("name", name);
    ObjectNode labelsNode = node.putObject("labels");
    labels.forEach(labelsNode::put);
    ObjectNode annotationsNode = node.putObject("annotations");
    annotations.forEach(annotationsNode::put);
    return node;
  }

  /** What is wrong with it; empty when nothing is. */
  public List<Violation> check() {
    List<Violation> violations = new ArrayList<>();
    if (name.isEmpty()) {
      violations.add(new Violation("name", "is missing"));
    } else if (!Names.isDnsLabel(name)) {
      violations.add(
          new Violation(
              "name",
              "'"
                  + name
                  + "' is not a DNS label (lower-case letters, digits and '-', at most "
                  + Names.MAX_LABEL_LENGTH
                  + ")"));
    } else if (name.equals(Tenant.SYSTEM_NAME)) {
      violations.add(new Violation("name", "'" + name + "' is reserved"));
    }
    Metadata.checkLabels(labels, violations);
    Metadata.checkAnnotations(annotations, violations);
    violations.addAll(TenantDeclaration.parse(annotations).violations());
    return List.copyOf(violations);
  }
}
