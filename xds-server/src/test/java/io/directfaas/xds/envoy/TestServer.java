package io.directfaas.xds.envoy;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.activation.Activator;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.activation.ColdCallGate;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.load.CallCountService;
import io.directfaas.xds.load.Callees;
import io.directfaas.xds.load.LoadBook;
import io.directfaas.xds.load.LoadReportService;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.mesh.SecretRotation;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.store.ResourceFactory;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.SidecarStatus;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.UnixSocketServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The whole server but for Spring, driven by hand where the graph's owner would. */
public final class TestServer implements AutoCloseable {
  public final Metrics metrics = new Metrics();
  private final StreamRegistry streams = new StreamRegistry(metrics);
  public final LoadBook loads = new LoadBook();

  /** The newest counts of each source, as they would be reported. */
  public final Map<SourceCalls.Source, SourceCalls> calls = new ConcurrentHashMap<>();

  /** Who is asked to start functions; by default nobody can. */
  public volatile Activator activator =
      (caller, callee) ->
          CompletableFuture.completedFuture(
              new Activator.Outcome.Refused(503, callee + " has no ready replica"));

  private final Callees callees = new Callees(this::graphNow);
  private final LoadReportService loadReports =
      new LoadReportService(loads, callees, Duration.ofSeconds(1));
  private final UnixSocketServers sockets =
      new UnixSocketServers(
          streams,
          List.of(
              loadReports,
              new CallCountService(callees, said -> calls.put(said.source(), said), denied -> {}),
              new ColdCallGate((caller, callee) -> activator.activate(caller, callee), streams)));
  private final Mesh mesh;

  public TestServer(ResourceFactory factory, Duration ackWait) {
    this(factory, SecretSource.NONE, ackWait);
  }

  public TestServer(ResourceFactory factory, SecretSource secrets, Duration ackWait) {
    mesh = new Mesh(factory, secrets, streams, ackWait);
  }

  /** What renews the certificates of this server's clients; to be started and closed. */
  public SecretRotation rotation(Identities identities) {
    return new SecretRotation(identities, streams, mesh);
  }

  /** Ports and paths that a test's server and Envoys agree on. */
  public record Layout(Path directory, int ingressPort, int outboundPort) {
    public static Layout in(Path directory) throws IOException {
      return new Layout(directory, freePort(), freePort());
    }

    public EnvoyResources resources() {
      return new EnvoyResources(
          new IngressConfig(
              "127.0.0.1",
              ingressPort,
              null,
              directory.resolve("gateway.sock").toString(),
              "openfaas-fn"),
          outboundPort);
    }

    public Path xdsSocket(String node) {
      return directory.resolve(node + ".xds");
    }

    public Path adminSocket(String node) {
      return directory.resolve(node + ".adm");
    }
  }

  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public static TestServer start(Layout layout) {
    return start(layout, factory -> factory);
  }

  public static TestServer start(Layout layout, UnaryOperator<ResourceFactory> twist) {
    return new TestServer(twist.apply(layout.resources()), Duration.ofSeconds(5));
  }

  public AutoCloseable open(Path socket, String node, FunctionRef function) throws IOException {
    return sockets.open(socket, new WorkloadIdentity(node, function), 0, 0);
  }

  public AutoCloseable open(Layout layout, String node, FunctionRef function) throws IOException {
    return sockets.open(layout.xdsSocket(node), new WorkloadIdentity(node, function), 0, 0);
  }

  /** Brings the graph's last change to the mesh and waits for it. */
  public List<Laggard> go(TestGraph graph) throws Exception {
    return mesh.go(graph.graph(), graph.delta()).toCompletableFuture().get(90, TimeUnit.SECONDS);
  }

  /** Brings the whole graph to the mesh, as after a start. */
  public List<Laggard> goWhole(TestGraph graph) throws Exception {
    return mesh.go(graph.graph(), null).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  public SidecarStatus sidecar(String node) {
    return streams.sidecars().stream()
        .filter(sidecar -> sidecar.node().equals(node))
        .findFirst()
        .orElseThrow();
  }

  private @Nullable Graph graphNow() {
    ResourceStore store = streams.store();
    return store == null ? null : store.graph();
  }

  @Override
  public void close() {
    sockets.close();
    loadReports.close();
    streams.close();
  }
}
