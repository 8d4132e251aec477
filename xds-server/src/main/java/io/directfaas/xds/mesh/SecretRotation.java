package io.directfaas.xds.mesh;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.stream.StreamRegistry;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each connected function its next certificate when its epoch comes, and everybody the roots
 * when they change. Looks at what is issued already only: a function that never asked for its
 * identity has none and is left alone.
 */
public final class SecretRotation implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SecretRotation.class);

  private final Identities identities;
  private final StreamRegistry streams;
  private final Mesh mesh;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("secret-rotation").factory());

  public SecretRotation(Identities identities, StreamRegistry streams, Mesh mesh) {
    this.identities = identities;
    this.streams = streams;
    this.mesh = mesh;
  }

  public void start() {
    long period = identities.lifetime().tick().toMillis();
    var unused = timer.scheduleWithFixedDelay(this::tick, period, period, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      Set<FunctionRef> connected = streams.connected();
      if (identities.reload()) {
        mesh.refresh(connected);
      } else {
        Set<FunctionRef> due = identities.due();
        identities.forget(due);
        due.retainAll(connected);
        if (!due.isEmpty()) {
          log.debug("new certificates for {} functions", due.size());
          mesh.refresh(due);
        }
      }
    } catch (RuntimeException e) {
      // A timer's task that throws is never run again.
      log.error("certificates could not be renewed; tried again", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
