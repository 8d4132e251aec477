package io.directfaas.gateway;

import io.directfaas.gateway.activation.ColdStarts;
import io.directfaas.gateway.api.ApiConfiguration;
import io.directfaas.gateway.load.CallCounts;
import io.directfaas.gateway.load.CallMetrics;
import io.directfaas.gateway.load.Loads;
import io.directfaas.gateway.load.QueueDepths;
import io.directfaas.gateway.load.ReportedLoad;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.NoProvider;
import io.directfaas.gateway.scaling.Autoscaler;
import io.directfaas.gateway.secret.SecretStore;
import io.directfaas.gateway.secret.StoredSecrets;
import io.directfaas.gateway.store.Store;
import io.directfaas.gateway.watch.GraphWatchServer;
import io.directfaas.gateway.web.AccessFilter;
import io.directfaas.gateway.web.BasicCredentials;
import io.directfaas.gateway.web.BodyBytes;
import io.directfaas.gateway.web.Connectors;
import io.directfaas.gateway.web.Metrics;
import io.directfaas.gateway.web.MetricsServer;
import io.directfaas.graph.activation.ActivationService;
import io.directfaas.graph.denied.DeniedCallsLog;
import io.directfaas.graph.load.LoadReceiver;
import io.directfaas.graph.watch.PublisherConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.PropertySource;
import org.springframework.core.Ordered;

/**
 * The control API and the owner of the graph.
 *
 * <p>Everything is named here: nothing is scanned and only the listed auto-configurations apply,
 * because other services may share the class path and the JVM. A platform to run functions on is a
 * bean of type {@link FunctionProvider}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
  TomcatServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class,
  WebMvcAutoConfiguration.class
})
@EnableConfigurationProperties(GatewayProperties.class)
@PropertySource("classpath:io/directfaas/gateway/spring.properties")
@Import(ApiConfiguration.class)
public class GatewayLiteApplication {

  public static void main(String[] args) {
    application().run(args);
  }

  /** The application, for a launcher that adds initializers or properties before it runs it. */
  public static SpringApplication application() {
    SpringApplication application = new SpringApplication(GatewayLiteApplication.class);
    application.setMainApplicationClass(GatewayLiteApplication.class);
    application.setBannerMode(Banner.Mode.OFF);
    Map<String, Object> defaults = FamiliarSettings.from(System.getenv());
    defaults.put("spring.application.name", "gateway-lite");
    // one line per stranger's request is a way to fill a disk
    defaults.put("logging.level.org.springframework.web.servlet.PageNotFound", "off");
    application.setDefaultProperties(defaults);
    return application;
  }

  @Bean(destroyMethod = "close")
  Store store(GatewayProperties properties) {
    return Store.open(properties.stateDir().resolve("gateway.db"));
  }

  @Bean
  SecretStore secretStore(Store store) {
    return new StoredSecrets(store);
  }

  @Bean
  @ConditionalOnMissingBean
  FunctionProvider noProvider() {
    return new NoProvider();
  }

  @Bean(destroyMethod = "close")
  CallCounts callCounts(GraphOwner owner, GatewayProperties properties) {
    return new CallCounts(properties.stateDir().resolve("counts.db"), owner::state);
  }

  @Bean
  Loads loads() {
    return new Loads();
  }

  @Bean(destroyMethod = "close")
  GraphOwner graphOwner(Store store, FunctionProvider provider, GatewayProperties properties) {
    return new GraphOwner(
        store, provider, properties.publishing(), properties.defaultNamespace(), Clock.systemUTC());
  }

  @Bean
  DeniedCallsLog deniedCallsLog() {
    return new DeniedCallsLog();
  }

  @Bean
  GraphWatchServer graphWatchServer(
      GraphOwner owner,
      DeniedCallsLog deniedCalls,
      CallCounts counts,
      Loads loads,
      ColdStarts coldStarts,
      GatewayProperties properties) {
    return new GraphWatchServer(
        new InetSocketAddress(address(properties), properties.grpcPort()),
        List.of(
            owner.watchService(),
            deniedCalls,
            new LoadReceiver(new ReportedLoad(counts, loads)),
            new ActivationService(coldStarts)));
  }

  @Bean
  Autoscaler autoscaler(
      GraphOwner owner,
      CallCounts counts,
      Loads loads,
      FunctionProvider provider,
      GatewayProperties properties) {
    // Calls by name pass no Envoy: only the switch sees all of them.
    boolean fabric = properties.expect().contains(PublisherConfig.Role.FABRIC);
    return new Autoscaler(
        owner,
        counts,
        loads,
        provider,
        new QueueDepths(properties.queueWorker()),
        fabric ? Set.of("xds-server", "fabric") : Set.of("xds-server"),
        properties.scaleDownAfter());
  }

  @Bean(destroyMethod = "close")
  ColdStarts coldStarts(GraphOwner owner, FunctionProvider provider, GatewayProperties properties) {
    return new ColdStarts(
        owner, provider, properties.activationTimeout(), properties.activationPatience());
  }

  @Bean
  ProviderStart providerStart(GraphOwner owner) {
    return new ProviderStart(owner);
  }

  @Bean
  BodyBytes bodyBytes() {
    return new BodyBytes();
  }

  @Bean
  Connectors connectors(GatewayProperties properties, BodyBytes bodyBytes) {
    return new Connectors(
        address(properties),
        properties.httpPort(),
        properties.socket(),
        properties.socketPermissions(),
        properties.readTimeout(),
        bodyBytes);
  }

  @Bean
  FilterRegistrationBean<AccessFilter> accessFilter(GatewayProperties properties) {
    FilterRegistrationBean<AccessFilter> registration =
        new FilterRegistrationBean<>(
            new AccessFilter(
                BasicCredentials.load(properties.credentialsDir()), properties.basicAuth()));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  @Bean
  MetricsServer metricsServer(
      GraphOwner owner,
      BodyBytes bodyBytes,
      CallCounts counts,
      Loads loads,
      ColdStarts coldStarts,
      GatewayProperties properties) {
    return new MetricsServer(
        new InetSocketAddress(address(properties), properties.metricsPort()),
        new Metrics(
            owner, bodyBytes, List.of(new CallMetrics(owner::state, counts, loads), coldStarts)));
  }

  private static InetAddress address(GatewayProperties properties) {
    try {
      return InetAddress.getByName(properties.bindAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "directfaas.gateway.bind-address " + properties.bindAddress() + " is no address", e);
    }
  }
}
