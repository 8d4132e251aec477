package io.directfaas.standalone.cli.loadtest;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.Gateway;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A function whose edges come and go: each time a change of the graph in all layers. */
final class Churn implements Bench.Nuisance {
  static final String FUNCTION = "churn";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final AtomicReference<String> refused = new AtomicReference<>("");
  private final Thread thread;
  private volatile boolean closed;

  private Churn(Gateway gateway, String tenant) {
    thread = Thread.ofVirtual().start(() -> run(gateway, tenant));
  }

  static Churn start(Gateway gateway, String tenant) {
    return new Churn(gateway, tenant);
  }

  private void run(Gateway gateway, String tenant) {
    for (int change = 1; !closed; change++) {
      Answer answer = gateway.update(deployment(gateway, tenant, change % 2 == 0 ? "f1" : ""));
      if (!answer.ok()) {
        refused.set(answer.status() + " " + answer.text().strip());
        return;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** The function as it is, with other edges. */
  private static String deployment(Gateway gateway, String tenant, String calls) {
    JsonNode status =
        gateway
            .function(new FunctionRef(tenant, FUNCTION))
            .orElseThrow(() -> new CommandFailed(tenant + "/" + FUNCTION + " is not deployed"));
    ObjectNode deployment = JSON.createObjectNode();
    deployment.put("service", FUNCTION);
    deployment.put("namespace", tenant);
    deployment.set("image", status.path("image"));
    deployment.set("envProcess", status.path("envProcess"));
    ObjectNode labels = deployment.putObject("labels");
    status.path("labels").forEachEntry(labels::set);
    labels.remove("faas_function");
    ObjectNode annotations = deployment.putObject("annotations");
    status.path("annotations").forEachEntry(annotations::set);
    annotations.put("directfaas.io/calls", calls);
    return deployment.toString();
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!refused.get().isEmpty()) {
      throw new CommandFailed("a change of the graph was refused: " + refused.get());
    }
  }
}
