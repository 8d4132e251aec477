package io.directfaas.sdn.sight;

import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.sync.FabricSync;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The HTTP side. */
@Configuration(proxyBeanMethods = false)
public class SightConfiguration {

  @Bean
  FabricCounters fabricCounters(FabricSync sync) {
    return new FabricCounters(sync);
  }

  @Bean
  SightController sightController(
      FabricSync sync, FabricCounters counters, GraphWatcher graphWatcher) {
    return new SightController(sync, counters, graphWatcher);
  }
}
