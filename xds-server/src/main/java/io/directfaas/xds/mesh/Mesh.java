package io.directfaas.xds.mesh;

import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.graph.watch.MeshSubscriber;
import io.directfaas.xds.store.ResourceFactory;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.stream.StreamRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
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
  private final StreamRegistry streams;
  private final Duration ackWait;

  /**
   * @param ackWait how long a change waits for the answers of sidecars at most
   */
  public Mesh(ResourceFactory factory, StreamRegistry streams, Duration ackWait) {
    this.factory = factory;
    this.streams = streams;
    this.ackWait = ackWait;
  }

  @Override
  public synchronized CompletionStage<List<Laggard>> go(Graph target, @Nullable GraphDelta delta) {
    ResourceStore held = streams.store();
    ResourceStore.Update update;
    if (held == null) {
      ResourceStore first = ResourceStore.of(target, factory);
      update = new ResourceStore.Update(first, first.functions());
    } else {
      update = held.update(target, delta);
    }
    log.debug("revision {} concerns {} functions", target.revision(), update.touched().size());
    return streams
        .publish(update.store(), update.touched(), ackWait)
        .whenComplete(
            (laggards, error) -> {
              if (laggards != null && !laggards.isEmpty()) {
                log.warn("revision {}: not waited for {}", target.revision(), laggards);
              }
            });
  }
}
