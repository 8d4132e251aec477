package io.directfaas.standalone.stack;

import io.directfaas.gateway.GatewayLiteApplication;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.secret.SecretStore;
import io.directfaas.sdn.SdnAdapterApplication;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.config.StackConfig.Fabric;
import io.directfaas.xds.SidecarListeners;
import io.directfaas.xds.XdsServerApplication;
import io.directfaas.xds.stream.SidecarStatus;
import io.directfaas.xds.stream.StreamRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The three services, each a context of its own with its own web server, as if each were a process
 * of its own: they share nothing but the JVM and speak over the same ports.
 */
final class Services implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Services.class);

  private final StackConfig config;
  private final CompletableFuture<ConfigurableApplicationContext> gateway =
      new CompletableFuture<>();
  private final CompletableFuture<ConfigurableApplicationContext> xds = new CompletableFuture<>();
  private final CompletableFuture<ConfigurableApplicationContext> sdn = new CompletableFuture<>();

  Services(StackConfig config) {
    this.config = config;
  }

  /**
   * Starts them side by side and waits until each serves; without a switch there is no sdn-adapter.
   *
   * @param provider where gateway-lite runs functions; it is started with gateway-lite, before the
   *     others need be there
   * @throws IllegalStateException naming the service that did not start, and why
   */
  void start(FunctionProvider provider) {
    // sdn-adapter first: it has the longest way to go, to the switch and back.
    List<CompletableFuture<?>> services = new ArrayList<>();
    if (config.fabric() == Fabric.OVS) {
      launch("sdn-adapter", sdn, this::startSdn);
      services.add(sdn);
    }
    launch("xds-server", xds, this::startXds);
    launch("gateway-lite", gateway, () -> startGateway(provider));
    services.add(xds);
    services.add(gateway);
    for (CompletableFuture<?> service : services) {
      try {
        service.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof IllegalStateException cause ? cause : e;
      }
    }
  }

  /** Waits for xds-server where it is still starting. */
  SidecarListeners sidecarListeners() {
    return xds.join().getBean(SidecarListeners.class);
  }

  /** The ids of the replicas whose sidecars have a stream open. */
  Set<String> connectedSidecars() {
    return xds.join().getBean(StreamRegistry.class).sidecars().stream()
        .filter(SidecarStatus::connected)
        .map(SidecarStatus::node)
        .collect(Collectors.toSet());
  }

  SecretStore secrets() {
    return gateway.join().getBean(SecretStore.class);
  }

  GraphOwner owner() {
    return gateway.join().getBean(GraphOwner.class);
  }

  /** In the reverse order of need: who follows the graph before who owns it. */
  @Override
  public void close() {
    for (CompletableFuture<ConfigurableApplicationContext> service : List.of(xds, sdn, gateway)) {
      if (service.isDone() && !service.isCompletedExceptionally()) {
        try {
          service.join().close();
        } catch (RuntimeException e) {
          log.warn("a service did not close cleanly", e);
        }
      }
    }
  }

  private interface Start {
    ConfigurableApplicationContext run();
  }

  private static void launch(
      String name, CompletableFuture<ConfigurableApplicationContext> started, Start start) {
    // Platform threads: Spring's start holds monitors for long.
    Thread.ofPlatform()
        .name("start " + name)
        .start(
            () -> {
              try {
                started.complete(start.run());
              } catch (RuntimeException | Error e) {
                log.error("{} did not start", name, e);
                started.completeExceptionally(
                    new IllegalStateException(name + " did not start: " + rootMessage(e), e));
              }
            });
  }

  private ConfigurableApplicationContext startGateway(FunctionProvider provider) {
    Layout layout = config.layout();
    SpringApplication application = GatewayLiteApplication.application();
    application.addInitializers(
        // As a singleton from outside, so that the context does not close what is not its own.
        context -> context.getBeanFactory().registerSingleton("localProvider", provider));
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("directfaas.gateway.state-dir", config.stateDir());
    properties.put("directfaas.gateway.secrets-dir", layout.secretsDir());
    properties.put("directfaas.gateway.http-port", config.ports().gatewayRest());
    properties.put("directfaas.gateway.metrics-port", config.ports().gatewayMetrics());
    properties.put("directfaas.gateway.grpc-port", config.ports().graphWatch());
    properties.put("directfaas.gateway.socket", layout.gatewaySocket());
    properties.put(
        "directfaas.gateway.queue-worker", "http://127.0.0.1:" + config.ports().queueHttp());
    if (config.fabric() == Fabric.BRIDGE) {
      properties.put("directfaas.gateway.expect", "mesh");
    }
    return run(application, properties);
  }

  private ConfigurableApplicationContext startXds() {
    Layout layout = config.layout();
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("directfaas.xds.graph-watch", "127.0.0.1:" + config.ports().graphWatch());
    properties.put("directfaas.xds.http-port", config.ports().xdsHttp());
    properties.put("directfaas.xds.ingress.port", config.ports().ingress());
    properties.put(
        "directfaas.xds.ingress.network-namespace", Layout.namespaceFile(layout.hostNamespace()));
    properties.put("directfaas.xds.gateway-socket", layout.gatewaySocket());
    properties.put("directfaas.xds.queue-socket", layout.queueSocket());
    // The ingress and the control API must mean the same function by a bare name.
    String defaultNamespace = System.getenv().getOrDefault("function_namespace", "");
    if (!defaultNamespace.isEmpty()) {
      properties.put("directfaas.xds.default-namespace", defaultNamespace);
    }
    properties.put("directfaas.xds.ca.directory", config.stateDir().resolve("ca"));
    properties.put("directfaas.xds.ads.port", config.ports().ads());
    properties.put("directfaas.xds.ads.token-key", layout.tokenKey());
    properties.put("directfaas.xds.admin-credentials", layout.secretsDir());
    return run(new SpringApplication(XdsServerApplication.class), properties);
  }

  private ConfigurableApplicationContext startSdn() {
    Layout layout = config.layout();
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("directfaas.sdn.graph-watch", "127.0.0.1:" + config.ports().graphWatch());
    properties.put("directfaas.sdn.http-port", config.ports().sdnHttp());
    properties.put("directfaas.sdn.openflow-socket", layout.bridgeManagement());
    properties.put("directfaas.sdn.ovsdb-socket", layout.ovsDatabaseSocket());
    properties.put("directfaas.sdn.bridge", Layout.BRIDGE);
    return run(SdnAdapterApplication.builder().application(), properties);
  }

  /**
   * The stack ends its services itself, in order: no context may have a shutdown hook of its own.
   */
  private static ConfigurableApplicationContext run(
      SpringApplication application, Map<String, Object> properties) {
    application.setRegisterShutdownHook(false);
    List<String> arguments = new ArrayList<>();
    properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
    arguments.add("--spring.main.banner-mode=off");
    arguments.add("--spring.main.log-startup-info=false");
    arguments.add("--spring.jmx.enabled=false");
    return application.run(arguments.toArray(String[]::new));
  }

  private static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }
}
