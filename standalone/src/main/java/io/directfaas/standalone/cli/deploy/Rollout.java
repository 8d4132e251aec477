package io.directfaas.standalone.cli.deploy;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import io.directfaas.standalone.cli.term.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Waits until functions run as they were just deployed. A changed function is replaced replica by
 * replica while the old ones go on serving, so that a count of available replicas alone would be
 * satisfied at once by the old ones.
 */
public final class Rollout {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration SILENT = Duration.ofSeconds(1);

  private final Gateway gateway;
  private final Terminal terminal;
  private final Map<FunctionRef, Before> expected = new LinkedHashMap<>();

  public Rollout(Gateway gateway, Terminal terminal) {
    this.gateway = gateway;
    this.terminal = terminal;
  }

  /**
   * @param spec what was deployed, or null if nothing was
   * @param replicas the ids of what ran
   */
  private record Before(@Nullable JsonNode spec, Set<String> replicas) {}

  /** To be called before a function is deployed. */
  public void expect(FunctionRef function) {
    Optional<JsonNode> status = gateway.function(function);
    Set<String> replicas = status.isEmpty() ? Set.of() : ids(gateway.graph().replicasOf(function));
    expected.put(function, new Before(status.map(Rollout::spec).orElse(null), replicas));
  }

  /**
   * Returns once every function has all its replicas, none of them as it was before, and the graph
   * of that moment is in force in every layer.
   *
   * @throws CommandFailed naming what is not ready in time
   */
  public void await(long revision, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    until(deadline, this::functionsNotReady);
    long current = Math.max(revision, gateway.graph().revision());
    until(deadline, () -> layersNotReady(current));
    terminal.progressDone();
  }

  private void until(long deadline, Supplier<List<String>> missing) {
    long start = System.nanoTime();
    String shown = "";
    for (List<String> now = missing.get(); !now.isEmpty(); now = missing.get()) {
      String text = String.join("; ", now);
      if (System.nanoTime() > deadline) {
        throw new CommandFailed("not ready in time: " + text);
      }
      if (!text.equals(shown) && System.nanoTime() - start > SILENT.toNanos()) {
        terminal.progress("Waiting: " + text);
        shown = text;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private List<String> functionsNotReady() {
    List<String> missing = new ArrayList<>();
    GraphSnapshot graph = gateway.graph();
    expected.forEach(
        (function, before) -> {
          Optional<JsonNode> status = gateway.function(function);
          if (status.isEmpty()) {
            missing.add(function + " is gone");
            return;
          }
          int wanted = status.get().path("replicas").asInt();
          int available = status.get().path("availableReplicas").asInt();
          boolean changed = before.spec == null || !before.spec.equals(spec(status.get()));
          Set<String> old = ids(graph.replicasOf(function));
          old.retainAll(before.replicas);
          if (available < wanted) {
            String why = graph.problems().get(function);
            missing.add(
                "%s has %d of %d replicas%s"
                    .formatted(function, available, wanted, why == null ? "" : ": " + why));
          } else if (changed && !old.isEmpty()) {
            missing.add(function + " still runs as it was in " + String.join(", ", old));
          }
        });
    return missing;
  }

  private List<String> layersNotReady(long revision) {
    JsonNode progress = gateway.revision(revision);
    if (progress.path("live").asBoolean()) {
      return List.of();
    }
    List<String> waitingFor = new ArrayList<>();
    progress.path("waitingFor").forEach(reason -> waitingFor.add(reason.asString()));
    return waitingFor.isEmpty() ? List.of("revision " + revision + " is not live yet") : waitingFor;
  }

  /** A status without what changes while nothing is deployed. */
  private static JsonNode spec(JsonNode status) {
    ObjectNode spec = (ObjectNode) status.deepCopy();
    return spec.remove(
        List.of("replicas", "availableReplicas", "invocationCount", "createdAt", "usage"));
  }

  private static Set<String> ids(List<ReplicaView> replicas) {
    Set<String> ids = new TreeSet<>();
    replicas.forEach(replica -> ids.add(replica.id()));
    return ids;
  }
}
