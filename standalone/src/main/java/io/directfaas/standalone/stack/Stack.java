package io.directfaas.standalone.stack;

import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.graph.Graph;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.LocalNode;
import io.directfaas.standalone.node.names.NamesFollower;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything on this machine, joined: the services get the node, the node gets the services. */
final class Stack {
  private static final Logger log = LoggerFactory.getLogger(Stack.class);
  private static final Duration POLL = Duration.ofMillis(20);

  /** A function may fail to start; the stack is up without it, and its status says why. */
  private static final Duration FUNCTIONS_WAIT = Duration.ofSeconds(20);

  /** After a crash sidecars try again within about a second. */
  private static final Duration LAYERS_WAIT = Duration.ofSeconds(10);

  private static final Duration INGRESS_WAIT = Duration.ofSeconds(30);

  private final StackConfig config;
  private final RunFiles files;
  private final Services services;
  private final LocalNode node;
  private final NamesFollower names;
  private final NodeCalls calls;
  private final AtomicBoolean stopping = new AtomicBoolean();

  /**
   * @throws IOException if the node's own settings cannot be read
   */
  Stack(StackConfig config, RunFiles files) throws IOException {
    this.config = config;
    this.files = files;
    this.services = new Services(config);
    this.calls = new NodeCalls(config.ports().graphWatch());
    this.node =
        new LocalNode(
            config,
            (nodeId, function, controlSocket, adminSocket) ->
                EnvoyBootstrap.of(nodeId, function, controlSocket, adminSocket).json(),
            // Both are asked for only after gateway-lite has started the provider; a replica's
            // first
            // sidecar may be earlier than xds-server and then waits here for it.
            (path, nodeId, function, uid, gid) ->
                services
                    .sidecarListeners()
                    .open(path, new WorkloadIdentity(nodeId, function), uid, gid),
            (namespace, name) -> services.secrets().value(namespace, name),
            calls::take);
    this.names = new NamesFollower(node.names(), config.ports().graphWatch());
  }

  /**
   * Returns when the stack is ready.
   *
   * @throws IOException in one sentence, if it cannot become so
   */
  void start() throws IOException, InterruptedException {
    files.progress("Starting the switch");
    node.startFabric();
    files.progress("Starting gateway-lite, xds-server and sdn-adapter");
    // At once, so that no replica comes or goes before the names are followed.
    names.start();
    services.start(node.provider());
    node.gatewayStarted();
    files.progress("Waiting for the ingress");
    IngressProbe probe = new IngressProbe(config.ports().ingress());
    long deadline = System.nanoTime() + INGRESS_WAIT.toNanos();
    while (!probe.answers()) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "the ingress does not serve"
                + node.provider().ingressProblem().map(problem -> ": " + problem).orElse(""));
      }
      Thread.sleep(POLL);
    }
    files.progress("Waiting for the functions");
    List<String> late = awaitFunctions();
    late.forEach(function -> log.warn("{} is not ready yet", function));
    files.progress("Waiting for every layer");
    awaitLayers().forEach(laggard -> log.warn("ready, but {}", laggard));
    files.ready(
        String.format(
            Locale.ROOT,
            "{\"revision\":%d,\"ingress\":\"127.0.0.1:%d\"}",
            services.owner().state().graph().revision(),
            config.ports().ingress()));
    log.info("ready");
  }

  /** Until mesh and fabric have the newest revision and every sidecar is connected. */
  private List<String> awaitLayers() throws InterruptedException {
    GraphOwner owner = services.owner();
    long deadline = System.nanoTime() + LAYERS_WAIT.toNanos();
    while (true) {
      Graph graph = owner.state().graph();
      List<String> lagging = new ArrayList<>(owner.progress(graph.revision()).waitingFor());
      if (names.revision() < graph.revision()) {
        lagging.add("names are at revision " + names.revision());
      }
      if (!node.takesAsynchronousCalls()) {
        lagging.add("the queue worker does not answer");
      }
      Set<String> connected = services.connectedSidecars();
      graph.replicas().keySet().stream()
          .filter(replica -> !connected.contains(replica))
          .forEach(replica -> lagging.add("the sidecar of " + replica + " is not connected"));
      if (lagging.isEmpty() || System.nanoTime() > deadline) {
        return lagging;
      }
      Thread.sleep(POLL);
    }
  }

  private List<String> awaitFunctions() throws InterruptedException {
    GraphOwner owner = services.owner();
    long deadline = System.nanoTime() + FUNCTIONS_WAIT.toNanos();
    while (true) {
      List<String> late = FunctionsReady.late(owner.state(), node.provider());
      if (late.isEmpty() || System.nanoTime() > deadline) {
        return late;
      }
      Thread.sleep(POLL);
    }
  }

  /** Ends everything and leaves nothing but the state. Called once counts, from any thread. */
  void stop() {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    try {
      // The provider first: what it sees end now must not become a change of the graph.
      node.close();
      names.close();
      calls.close();
      services.close();
      node.down();
      files.close();
      log.info("stopped");
    } catch (IOException e) {
      log.error("not everything could be stopped", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives up a start that failed; what ran before it goes on. */
  void abandon() {
    if (stopping.compareAndSet(false, true)) {
      node.close();
      names.close();
      calls.close();
      services.close();
    }
  }
}
