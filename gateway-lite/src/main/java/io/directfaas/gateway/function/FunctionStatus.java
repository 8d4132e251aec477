package io.directfaas.gateway.function;

import io.directfaas.gateway.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * A function as users see it.
 *
 * @param spec what was deployed
 * @param replicas how many should run
 * @param availableReplicas how many serve
 * @param createdAt when it was first deployed
 * @param invocations completed calls, or empty where they are put in by others
 */
public record FunctionStatus(
    FunctionSpec spec,
    int replicas,
    int availableReplicas,
    Instant createdAt,
    OptionalLong invocations) {
  static final String NAME_LABEL = "faas_function";

  /** The OpenFaaS FunctionStatus: what was deployed, verbatim, and what became of it. */
  public ObjectNode json() {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("name", spec.ref().name());
    DeploymentJson.writeAllButName(spec, node);
    ((ObjectNode) node.get("labels")).put(NAME_LABEL, spec.ref().name());
    invocations.ifPresent(count -> node.put("invocationCount", count));
    node.put("replicas", replicas);
    node.put("availableReplicas", availableReplicas);
    node.put("createdAt", createdAt.truncatedTo(ChronoUnit.SECONDS).toString());
    return node;
  }
}
