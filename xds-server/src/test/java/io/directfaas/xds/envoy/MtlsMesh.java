package io.directfaas.xds.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.ca.CaProperties;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.mesh.SecretRotation;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.resources.SecretResources;
import io.directfaas.xds.resources.SidecarPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Several sidecars with certificates, each with ports of its own, on one loopback. */
public final class MtlsMesh implements AutoCloseable {
  public static final String TRUST_DOMAIN = "test.domain";

  public final TestGraph graph = new TestGraph();
  public final Identities identities;
  public TestServer server;
  public final int ingressPort;

  private final Path directory;
  private final EnvoyResources resources;
  private final List<FunctionRef> sidecars = new ArrayList<>();
  private final Map<FunctionRef, SidecarPorts> ports = new ConcurrentHashMap<>();
  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public MtlsMesh(Path directory, Duration lifetime) throws IOException {
    this(
        directory,
        new CaProperties(TRUST_DOMAIN, directory.resolve("ca"), null, null, null, lifetime));
  }

  public MtlsMesh(Path directory, CaProperties ca) throws IOException {
    this.directory = directory;
    this.identities = new Identities(ca, Clock.systemUTC());
    this.ingressPort = TestServer.freePort();
    this.resources =
        new EnvoyResources(
            new IngressConfig("127.0.0.1", ingressPort, null, "/no.sock", "openfaas-fn"),
            TRUST_DOMAIN,
            this::ports);
    this.server = serve();
  }

  private TestServer serve() {
    TestServer fresh =
        new TestServer(resources, new SecretResources(identities), Duration.ofSeconds(20));
    toClose.push(fresh);
    SecretRotation rotation = fresh.rotation(identities);
    rotation.start();
    toClose.push(rotation);
    return fresh;
  }

  /** Ends the server, does something without it, and starts it anew. */
  public void restart(Runnable meanwhile) throws Exception {
    server.close();
    meanwhile.run();
    server = serve();
    for (FunctionRef function : sidecars) {
      server.open(directory.resolve(node(function) + ".xds"), node(function), function);
    }
    server.goWhole(graph);
  }

  /** Puts a function that listens on this port into the graph, with one replica and no edges. */
  public MtlsMesh function(String name, int port) throws IOException {
    FunctionRef ref = TestGraph.ref(name);
    ports.put(ref, new SidecarPorts(TestServer.freePort(), TestServer.freePort(), port));
    graph.function(name);
    graph.replica(node(ref), name, port);
    return this;
  }

  public SidecarPorts ports(FunctionRef function) {
    return ports.computeIfAbsent(
        function,
        ref -> {
          try {
            return new SidecarPorts(TestServer.freePort(), TestServer.freePort(), 1);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  public SidecarPorts ports(String function) {
    return ports(TestGraph.ref(function));
  }

  private static String node(FunctionRef ref) {
    return ref.name() + "-" + ref.namespace();
  }

  public EnvoyProcess sidecar(String function, Protocol protocol) throws IOException {
    return sidecar(
        function.equals("ingress") ? FunctionRef.INGRESS : TestGraph.ref(function), protocol);
  }

  private EnvoyProcess sidecar(FunctionRef ref, Protocol protocol) throws IOException {
    String node = node(ref);
    Path socket = directory.resolve(node + ".xds");
    server.open(socket, node, ref);
    sidecars.add(ref);
    EnvoyProcess envoy =
        EnvoyProcess.start(
            new EnvoyBootstrap(node, ref, socket, directory.resolve(node + ".adm"), protocol));
    toClose.push(envoy);
    return envoy;
  }

  public void awaitSettled(String... functions) {
    for (String function : functions) {
      FunctionRef ref = function.equals("ingress") ? FunctionRef.INGRESS : TestGraph.ref(function);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.sidecar(node(ref)).ackedRevision() == graph.graph().revision());
    }
  }

  public void go() throws Exception {
    assertThat(server.go(graph)).isEmpty();
  }

  public URI outbound(String caller, String path) {
    int port = caller.equals("ingress") ? ingressPort : ports(caller).outbound();
    return URI.create("http://127.0.0.1:" + port + path);
  }

  public HttpResponse<String> call(String caller, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(outbound(caller, path)).timeout(Duration.ofSeconds(60)).build(),
        BodyHandlers.ofString());
  }

  public HttpClient http() {
    return http;
  }

  @Override
  public void close() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
    http.close();
  }
}
