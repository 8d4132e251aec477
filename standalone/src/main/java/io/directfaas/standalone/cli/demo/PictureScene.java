package io.directfaas.standalone.cli.demo;

import static io.directfaas.standalone.cli.demo.Tour.EXTRACT;
import static io.directfaas.standalone.cli.demo.Tour.THUMBNAIL;
import static io.directfaas.standalone.cli.demo.Tour.TRANSFORM;
import static io.directfaas.standalone.cli.demo.Tour.size;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.demo.Counters.Bytes;
import io.directfaas.standalone.cli.term.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One picture through three functions, and who carried its bytes. */
final class PictureScene {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration COUNTERS_LATE = Duration.ofSeconds(5);

  private final Tour tour;
  private final byte[] picture;
  private final Path file;

  /**
   * @param file where to write the thumbnail
   */
  PictureScene(Tour tour, byte[] picture, Path file) {
    this.tour = tour;
    this.picture = picture;
    this.file = file;
  }

  private record Hop(FunctionRef caller, FunctionRef callee) {
    String name() {
      return (caller.isIngress() ? "ingress" : caller.name()) + " -> " + callee.name();
    }
  }

  private record Measured(List<Bytes> envoy, List<Bytes> fabric, Bytes gateway) {}

  void play() {
    tour.title("A picture goes through three functions of tenant acme");
    tour.say("extract -> transform -> thumbnail; each calls http://gateway:8080/function/NEXT.");
    List<Hop> hops =
        List.of(
            new Hop(FunctionRef.INGRESS, EXTRACT),
            new Hop(EXTRACT, TRANSFORM),
            new Hop(TRANSFORM, THUMBNAIL));
    GraphSnapshot graph = tour.gateway().graph();
    Measured before = measure(hops, graph);
    long start = System.nanoTime();
    Answer answer =
        tour.functions().send("POST", "/function/extract.acme", picture, "image/jpeg", TIMEOUT);
    long millis = (System.nanoTime() - start) / 1_000_000;
    Bytes gateway = tour.counters().throughGateway().minus(before.gateway());

    boolean isPicture =
        answer.ok() && answer.header("content-type").orElse("").startsWith("image/");
    tour.checks()
        .check(
            isPicture,
            isPicture
                ? "%s of picture went in, %s of thumbnail came out, in %d ms"
                    .formatted(size(picture.length), size(answer.body().length), millis)
                : "the picture was answered with %d: %s"
                    .formatted(answer.status(), answer.text().lines().findFirst().orElse("")));
    if (!isPicture) {
      return;
    }
    write(answer.body());
    bytesPerHop(hops, graph, before, gateway);
  }

  private void write(byte[] thumbnail) {
    try {
      Files.write(file, thumbnail);
    } catch (IOException e) {
      throw new CommandFailed("the thumbnail cannot be written to " + file + ": " + e, e);
    }
    tour.say("      the thumbnail is in " + file);
  }

  private void bytesPerHop(List<Hop> hops, GraphSnapshot graph, Measured before, Bytes gateway) {
    List<Bytes> envoy = new ArrayList<>();
    for (int i = 0; i < hops.size(); i++) {
      envoy.add(envoy(hops.get(i), graph).minus(before.envoy().get(i)));
    }
    // Every byte an Envoy sent is in a frame, so the switch must have seen more than the Envoy.
    List<Bytes> fabric = new ArrayList<>(before.fabric());
    boolean seen =
        Tour.eventually(
            COUNTERS_LATE,
            () -> {
              boolean all = true;
              for (int i = 0; i < hops.size(); i++) {
                Hop hop = hops.get(i);
                fabric.set(
                    i,
                    tour.counters()
                        .bySwitch(hop.caller(), hop.callee())
                        .minus(before.fabric().get(i)));
                all &= covers(fabric.get(i), envoy.get(i));
              }
              return all;
            });
    tour.terminal().blank();
    Table table =
        new Table("HOP", ">ENVOY SENT", ">RECEIVED", ">SWITCH THERE", ">BACK", ">VIA GATEWAY");
    for (int i = 0; i < hops.size(); i++) {
      table.row(
          hops.get(i).name(),
          size(envoy.get(i).there()),
          size(envoy.get(i).back()),
          size(fabric.get(i).there()),
          size(fabric.get(i).back()),
          size(gateway.there() + gateway.back()));
    }
    table.print(tour.terminal(), "        ");
    tour.terminal().blank();
    tour.checks()
        .check(
            envoy.getFirst().there() >= picture.length
                && envoy.stream().allMatch(hop -> hop.there() > 0 && hop.back() > 0),
            "each hop left the caller's own Envoy straight for the callee's replica");
    tour.checks().check(seen, "the switch saw the same bytes on the flows of these edges");
    tour.checks()
        .check(
            gateway.there() == 0 && gateway.back() == 0,
            "gateway-lite carried none of it: %d bytes of bodies in, %d out"
                .formatted(gateway.there(), gateway.back()));
  }

  private static boolean covers(Bytes fabric, Bytes envoy) {
    return fabric.there() >= envoy.there() && fabric.back() >= envoy.back();
  }

  private Measured measure(List<Hop> hops, GraphSnapshot graph) {
    List<Bytes> envoy = hops.stream().map(hop -> envoy(hop, graph)).toList();
    List<Bytes> fabric =
        hops.stream().map(hop -> tour.counters().bySwitch(hop.caller(), hop.callee())).toList();
    return new Measured(envoy, fabric, tour.counters().throughGateway());
  }

  private Bytes envoy(Hop hop, GraphSnapshot graph) {
    return tour.counters().byEnvoy(graph.readyReplicasOf(hop.caller()), hop.callee());
  }
}
