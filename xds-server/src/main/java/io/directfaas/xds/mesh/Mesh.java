package io.directfaas.xds.mesh;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.graph.watch.MeshSubscriber;
import io.directfaas.xds.store.ResourceFactory;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import io.directfaas.xds.stream.StreamRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mesh's side of a change: the next store from the last one, and its push. Until the first
 * graph has come no stream is answered: a sidecar that outlived us keeps what it has.
 */
public final class Mesh implements MeshSubscriber {
  private static final Logger log = LoggerFactory.getLogger(Mesh.class);

  private final ResourceFactory factory;
  private final SecretSource secrets;
  private final StreamRegistry streams;
  private final Duration ackWait;

  /**
   * @param ackWait how long each step of a change waits for the answers of sidecars at most
   */
  public Mesh(
      ResourceFactory factory, SecretSource secrets, StreamRegistry streams, Duration ackWait) {
    this.factory = factory;
    this.secrets = secrets;
    this.streams = streams;
    this.ackWait = ackWait;
  }

  @Override
  public synchronized CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta) {
    long started = System.nanoTime();
    ResourceStore held = streams.store();
    List<ResourceStore.Update> steps;
    if (held == null) {
      ResourceStore first = ResourceStore.of(target, factory, secrets);
      steps = List.of(new ResourceStore.Update(first, first.functions(), first.functions()));
    } else {
      steps = held.steps(target, delta);
    }
    streams.built(System.nanoTime() - started);
    List<Laggard> failures = new ArrayList<>();
    steps
        .getLast()
        .store()
        .failures()
        .forEach((function, why) -> failures.add(new Laggard(function.toString(), why)));
    if (!failures.isEmpty()) {
      log.error("revision {}: no resources could be made of {}", target.revision(), failures);
    }
    CompletionStage<List<Laggard>> done =
        held == null
            ? CompletableFuture.completedFuture(failures)
            : streams.whenReturned().thenApply(back -> failures);
    for (ResourceStore.Update step : steps) {
      done = done.thenCompose(before -> publish(step).thenApply(more -> both(before, more)));
    }
    return done.whenComplete(
        (laggards, error) -> {
          if (laggards != null && !laggards.isEmpty()) {
            log.warn("revision {}: not waited for {}", target.revision(), laggards);
          }
        });
  }

  private synchronized CompletionStage<List<Laggard>> publish(ResourceStore.Update step) {
    log.debug("revision {} concerns {} functions", step.store().revision(), step.touched().size());
    return streams.publish(step, ackWait);
  }

  private static List<Laggard> both(List<Laggard> some, List<Laggard> more) {
    return Stream.concat(some.stream(), more.stream()).distinct().toList();
  }

  /** Brings new secrets to the sidecars of these functions. Nothing else changes. */
  public synchronized void refresh(Collection<FunctionRef> functions) {
    ResourceStore held = streams.store();
    if (held != null) {
      streams.offer(held, functions);
    }
  }
}
