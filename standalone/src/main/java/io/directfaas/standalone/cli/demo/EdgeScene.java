package io.directfaas.standalone.cli.demo;

import static io.directfaas.standalone.cli.demo.Tour.EXTRACT;
import static io.directfaas.standalone.cli.demo.Tour.SPY;

import io.directfaas.graph.Annotations;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.deploy.Rollout;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An edge comes and goes while calls run. */
final class EdgeScene {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String PROBE = "http://gateway:8080/function/extract.acme/_/health";

  private final Tour tour;
  private final Spy spy;
  private final byte[] picture;

  EdgeScene(Tour tour, byte[] picture) {
    this.tour = tour;
    this.spy = new Spy(tour.functions());
    this.picture = picture;
  }

  void play() {
    tour.title("An edge is added and removed while pictures are being processed");
    tour.say("A cross-tenant edge needs both sides, so acme first lets globex/spy in:");
    try (Traffic traffic =
        Traffic.start(tour.functions(), "/function/extract.acme", picture, "image/jpeg")) {
      annotate("acme", "extract", Annotations.ALLOW_CALLERS, SPY.toString());
      tour.checks().check(spy.call(PROBE).status() == 403, "that alone opens nothing: still 403");
      added();
      Rollout restored = new Rollout(tour.gateway(), tour.terminal());
      restored.expect(SPY);
      removed();
      restored.expect(EXTRACT);
      long last = annotate("acme", "extract", Annotations.ALLOW_CALLERS, "");
      restored.await(last, TIMEOUT);
      traffic.close();
      tour.checks()
          .check(
              traffic.failures().isEmpty() && traffic.succeeded() > 0,
              "meanwhile %d pictures went through acme's functions, %d failed%s"
                  .formatted(
                      traffic.succeeded(),
                      traffic.failures().size(),
                      traffic.failures().stream().findFirst().map(f -> ": " + f).orElse("")));
    }
  }

  private void added() {
    Timeline timeline = new Timeline();
    long revision = annotate("globex", "spy", Annotations.CALLS, EXTRACT.toString());
    timeline.reached("graph: revision " + revision + " is stored");
    timeline.expect("fabric: the switch has the edge's flows", () -> acked(revision, "FABRIC"));
    timeline.expect("mesh: every sidecar concerned has its route", () -> acked(revision, "MESH"));
    timeline.expect("spy: its call passes", () -> spy.call(PROBE).status() == 200);
    boolean all = timeline.await(TIMEOUT);
    timeline.print(tour.terminal(), "Added " + SPY + " -> " + EXTRACT);
    tour.checks().check(all, "the edge was in force in every layer");
  }

  private void removed() {
    Timeline timeline = new Timeline();
    long revision = annotate("globex", "spy", Annotations.CALLS, "");
    timeline.reached("graph: revision " + revision + " is stored");
    timeline.expect("mesh: no sidecar has the route any more", () -> acked(revision, "MESH"));
    timeline.expect("spy: its call is refused", () -> spy.call(PROBE).status() == 403);
    timeline.expect("fabric: the switch has closed the edge", () -> retired(revision));
    boolean all = timeline.await(TIMEOUT);
    timeline.print(tour.terminal(), "Removed " + SPY + " -> " + EXTRACT);
    tour.checks().check(all, "the edge was gone from every layer");
  }

  private boolean acked(long revision, String role) {
    return subscriber(revision, role).path("ackedRevision").asLong(0) >= revision;
  }

  private boolean retired(long revision) {
    return subscriber(revision, "FABRIC").path("retiredRevision").asLong(0) >= revision;
  }

  private JsonNode subscriber(long revision, String role) {
    JsonNode progress = tour.gateway().revision(revision);
    for (JsonNode subscriber : progress.path("subscribers")) {
      if (subscriber.path("role").asString("").toUpperCase(Locale.ROOT).equals(role)) {
        return subscriber;
      }
    }
    return progress.path("subscribers").path(-1);
  }

  /** Deploys the function as it is, with one annotation changed; an empty value takes it away. */
  private long annotate(String namespace, String name, String annotation, String value) {
    ObjectNode deployment =
        (ObjectNode)
            tour.gateway()
                .function(new FunctionRef(namespace, name))
                .orElseThrow(() -> new CommandFailed(namespace + "/" + name + " is not deployed"))
                .deepCopy();
    deployment.set("service", deployment.path("name"));
    deployment.put("namespace", namespace);
    ObjectNode annotations = deployment.withObjectProperty("annotations");
    if (value.isEmpty()) {
      annotations.remove(annotation);
    } else {
      annotations.put(annotation, value);
    }
    // What the gateway adds to every status.
    deployment.withObjectProperty("labels").remove("faas_function");
    Answer answer = tour.gateway().update(deployment.toString());
    if (!answer.ok()) {
      throw new Unavailable(
          "%s/%s was refused (%d): %s"
              .formatted(namespace, name, answer.status(), answer.text().strip()));
    }
    return answer.header("X-Graph-Revision").map(Long::parseLong).orElse(0L);
  }
}
