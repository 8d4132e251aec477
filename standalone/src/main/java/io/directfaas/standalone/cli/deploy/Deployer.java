package io.directfaas.standalone.cli.deploy;

import io.directfaas.graph.FunctionDeclaration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.deploy.StackFile.Entry;
import io.directfaas.standalone.cli.term.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Brings what a stack file asks for through the control API, and waits until it is in force. */
public final class Deployer {
  private final Gateway gateway;
  private final CodeStore codeStore;
  private final Terminal terminal;

  public Deployer(Gateway gateway, CodeStore codeStore, Terminal terminal) {
    this.gateway = gateway;
    this.codeStore = codeStore;
    this.terminal = terminal;
  }

  /**
   * Deploys all functions of a file. Whatever can be checked is checked before the first write.
   *
   * @param file what to deploy
   * @param timeout how long to wait until everything is ready; zero for not at all
   * @return the revision of the graph that holds the last of the changes
   * @throws CommandFailed naming the function that could not be deployed, or is not ready in time
   */
  public long deploy(StackFile file, Duration timeout) {
    file.functions().forEach(Deployer::checkAnnotations);
    Map<FunctionRef, CodeBundle> bundles = new LinkedHashMap<>();
    for (Entry entry : file.functions()) {
      if (entry.handler() != null) {
        bundles.put(entry.ref(), CodeBundle.read(entry.handler()));
      }
    }
    Set<String> existing = new LinkedHashSet<>(gateway.namespaces());
    Set<String> missing = new LinkedHashSet<>();
    file.functions().stream()
        .map(entry -> entry.ref().namespace())
        .filter(namespace -> !existing.contains(namespace))
        .forEach(missing::add);

    bundles.values().forEach(codeStore::store);
    missing.forEach(this::createNamespace);
    Rollout rollout = new Rollout(gateway, terminal);
    long revision = 0;
    List<FunctionRef> deployed = new ArrayList<>();
    for (Entry entry : file.functions()) {
      CodeBundle bundle = bundles.get(entry.ref());
      rollout.expect(entry.ref());
      revision =
          Math.max(
              revision,
              send(entry, Deployment.json(entry, bundle == null ? null : bundle.sha256())));
      deployed.add(entry.ref());
    }
    if (!timeout.isZero()) {
      rollout.await(revision, timeout);
    }
    return revision;
  }

  private static void checkAnnotations(Entry entry) {
    List<Violation> violations =
        FunctionDeclaration.parse(
                entry.ref(), entry.annotations() == null ? Map.of() : entry.annotations())
            .violations();
    if (!violations.isEmpty()) {
      throw new CommandFailed(
          "functions.%s.%s".formatted(entry.ref().name(), violations.getFirst()));
    }
  }

  private void createNamespace(String namespace) {
    // The names come from DNS labels, so they need no escaping.
    Answer answer =
        gateway.createNamespace(
            "{\"name\":\"%s\",\"labels\":{\"openfaas\":\"1\"},\"annotations\":{\"openfaas\":\"1\"}}"
                .formatted(namespace));
    if (!answer.ok() && answer.status() != 409) {
      throw new CommandFailed(
          "the namespace %s could not be created: %s".formatted(namespace, answer.text().strip()));
    }
    terminal.line("Created the namespace " + namespace + ".");
  }

  private long send(Entry entry, String deployment) {
    Answer answer = gateway.update(deployment);
    boolean created = answer.status() == 404;
    if (created) {
      answer = gateway.create(deployment);
    }
    if (!answer.ok()) {
      throw new CommandFailed(
          "%s was refused (%d): %s".formatted(entry.ref(), answer.status(), answer.text().strip()));
    }
    terminal.line((created ? "Deployed " : "Updated ") + entry.ref() + ".");
    return answer.header("X-Graph-Revision").map(Long::parseLong).orElse(0L);
  }
}
