package io.directfaas.gateway;

import io.directfaas.gateway.owner.GraphOwner;
import org.springframework.context.SmartLifecycle;

/** Starts the provider when everything it may need of us is up. */
final class ProviderStart implements SmartLifecycle {
  private final GraphOwner owner;
  private volatile boolean running;

  ProviderStart(GraphOwner owner) {
    this.owner = owner;
  }

  @Override
  public void start() {
    owner.startProvider();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Last: after the web server and the watch service. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
