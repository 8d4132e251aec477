package io.directfaas.sdn.sight;

import io.directfaas.graph.denied.DeniedCallsReporter;
import io.directfaas.graph.load.LoadReporter;
import io.directfaas.graph.watch.GraphWatcher;
import io.directfaas.sdn.sync.FabricSync;
import io.grpc.ManagedChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The HTTP side. */
@Configuration(proxyBeanMethods = false)
public class SightConfiguration {
  private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

  @Bean
  FabricCounters fabricCounters(FabricSync sync) {
    return new FabricCounters(sync);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  DeniedCallsReporter deniedCallsReporter(ManagedChannel graphChannel) {
    return new DeniedCallsReporter("fabric", graphChannel, REPORT_EVERY);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  BusyFunctions busyFunctions(FabricSync sync, FabricCounters counters) {
    return new BusyFunctions(counters::edges, sync::carried);
  }

  @Bean(destroyMethod = "close")
  LoadReporter loadReporter(ManagedChannel graphChannel, BusyFunctions busyFunctions) {
    return new LoadReporter("fabric", graphChannel, REPORT_EVERY, List::of, busyFunctions::busy);
  }

  @Bean(initMethod = "start", destroyMethod = "close")
  DeniedSamples deniedSamples(FabricSync sync, DeniedCallsReporter reporter) {
    DeniedSamples samples = new DeniedSamples(sync::carried, reporter::saw, Clock.systemUTC());
    sync.telemetry().onPacket(samples::offer);
    return samples;
  }

  @Bean
  SightController sightController(
      FabricSync sync,
      FabricCounters counters,
      DeniedSamples deniedSamples,
      GraphWatcher graphWatcher) {
    return new SightController(sync, counters, deniedSamples, graphWatcher);
  }
}
