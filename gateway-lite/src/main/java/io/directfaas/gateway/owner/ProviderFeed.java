package io.directfaas.gateway.owner;

import io.directfaas.gateway.provider.DesiredFunction;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.gateway.provider.ReplicaSink;
import io.directfaas.graph.FunctionRef;
import java.util.Collection;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the provider of changes in the order they were made, on a thread of its own: the owner
 * holds its lock while it makes a change, and a provider that reports a replica while it is being
 * told would wait for that lock.
 */
final class ProviderFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProviderFeed.class);

  private final FunctionProvider provider;
  private final BlockingQueue<Runnable> wishes = new LinkedBlockingQueue<>();
  private volatile boolean open;
  private volatile @Nullable Thread thread;

  ProviderFeed(FunctionProvider provider) {
    this.provider = provider;
  }

  /** From now on changes are kept for the provider. Earlier ones are in what it is started with. */
  void open() {
    open = true;
  }

  void start(
      ReplicaSink sink, Collection<DesiredFunction> desired, Collection<KnownReplica> known) {
    provider.start(sink, desired, known);
    thread = Thread.ofVirtual().name("provider-feed").start(this::run);
  }

  void apply(DesiredFunction desired) {
    tell(() -> provider.apply(desired));
  }

  void remove(FunctionRef ref) {
    tell(() -> provider.remove(ref));
  }

  private void tell(Runnable wish) {
    if (open) {
      wishes.add(wish);
    }
  }

  private void run() {
    try {
      while (true) {
        Runnable wish = wishes.take();
        try {
          wish.run();
        } catch (RuntimeException e) {
          log.error("the provider failed on a change; it will be told again at the next start", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }
}
